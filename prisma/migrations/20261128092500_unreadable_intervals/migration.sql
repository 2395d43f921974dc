-- An interval of update times, of these marketplaces, whose answer is malformed (src/sync/unreadable-intervals.ts).
ALTER TABLE rejected_order
  ADD COLUMN updated_from timestamptz(3),
  ADD COLUMN updated_until timestamptz(3),
  ADD COLUMN marketplace_ids text[];
