-- Tokens name the version that they were made in: a new password, which raises it, ends all older ones.
ALTER TABLE users ADD COLUMN session_version integer NOT NULL DEFAULT 0;
