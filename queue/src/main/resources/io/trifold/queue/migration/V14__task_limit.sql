-- The only tasks that run by themselves, on whatever host; all do while there is none.
CREATE TABLE trifold.task_limit (
  task text PRIMARY KEY,
  limited_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  limited_by text NOT NULL
);
