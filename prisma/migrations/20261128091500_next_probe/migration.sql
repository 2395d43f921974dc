-- When the schedule tests a connection in ERROR next; null in any other status.
ALTER TABLE amazon_connection ADD COLUMN next_probe_at timestamptz(3);
