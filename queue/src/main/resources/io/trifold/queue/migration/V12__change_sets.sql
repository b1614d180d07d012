-- What was begun as a change set. Its events name it; that it has none yet, or none at all, is seen
-- from there.
CREATE TABLE trifold.change_set (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  message text NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX change_set_begun_at ON trifold.change_set (begun_at);
