-- Why a run waits, while waiting_until is set: QUOTA or RETRY.
ALTER TABLE sync_run ADD COLUMN waiting_for text;
