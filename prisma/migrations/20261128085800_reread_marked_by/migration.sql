-- The run that marked the order. A later run reads it, so that what contradicted the mirror has had time to settle.
ALTER TABLE amazon_order ADD COLUMN reread_marked_by bigint;
