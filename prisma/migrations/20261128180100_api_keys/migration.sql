-- Keys for programs. The secret is stored as its SHA-256 hash.
CREATE TABLE api_key (
  id           bigserial PRIMARY KEY,
  name         text NOT NULL,
  role         user_role NOT NULL,
  prefix       text NOT NULL,
  secret_hash  bytea NOT NULL,
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- Null once the user was removed: keys belong to the installation, not to who created them.
  created_by   bigint REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE,
  last_used_at timestamptz(3),
  expires_at   timestamptz(3),
  revoked_at   timestamptz(3)
);
CREATE UNIQUE INDEX api_key_secret_hash_key ON api_key (secret_hash);
CREATE INDEX api_key_created_by_idx ON api_key (created_by);

ALTER TABLE audit_log
  ADD COLUMN api_key_id bigint REFERENCES api_key (id) ON DELETE SET NULL ON UPDATE CASCADE;
