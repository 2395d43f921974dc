-- Failures are removed by age.
CREATE INDEX login_attempt_window_started_at_idx ON login_attempt (window_started_at);

-- From where users signed in lately: keyed hashes of e-mail and address, a bounded number per user.
CREATE TABLE known_login (
  key          text PRIMARY KEY,
  user_id      bigint NOT NULL,
  signed_in_at timestamptz(3) NOT NULL
);
CREATE INDEX known_login_user_id_idx ON known_login (user_id);

-- Sessions that were ended by `logout`, until the last of their tokens has expired.
CREATE TABLE ended_session (
  id         text PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL
);
