-- The last calls to Amazon, for its support (src/spapi/http/call-log.ts); kept for 14 days (src/database/maintenance.ts).
CREATE TABLE sp_api_call (
  id            bigserial PRIMARY KEY,
  -- Null outside of a run. No foreign key: calls are inserted in batches, which a deleted run must not make fail.
  run_id        bigint,
  operation     text NOT NULL,
  at            timestamptz(3) NOT NULL,
  duration_ms   integer NOT NULL,
  -- Method, path and query, without tokens.
  request       text NOT NULL,
  -- 1 for the first request of a call, 2 for its first repetition.
  attempt       integer NOT NULL,
  -- Null without an answer.
  status        integer,
  request_id    text,
  error_code    text,
  error_message text,
  failed        boolean NOT NULL
);
CREATE INDEX sp_api_call_run_id_idx ON sp_api_call (run_id);
