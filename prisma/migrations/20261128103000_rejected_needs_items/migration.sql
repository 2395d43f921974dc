-- Whether a run with items rejected the order: then only a run with items settles it.
ALTER TABLE rejected_order ADD COLUMN needs_items boolean NOT NULL DEFAULT false;
