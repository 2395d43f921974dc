-- Optional data sets that Amazon refused (src/sync/read/data-sets.ts); one without a row is asked for.
CREATE TABLE refused_data_set (
  data_set    text PRIMARY KEY,
  -- When Amazon refused it first.
  refused_at  timestamptz(3) NOT NULL,
  -- From then on a run asks for it again.
  next_try_at timestamptz(3) NOT NULL
);
