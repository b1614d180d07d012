-- The schedule: who is the farm's primary, and which task ran when.

-- One row: the primary's lease, judged by this clock alone. The term grows whenever the lease is not
-- simply renewed, so that what is done in one term can be told from what is done in another.
CREATE TABLE trifold.primary_lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  term bigint NOT NULL DEFAULT 0,
  host text NOT NULL DEFAULT '',
  session uuid,
  lease_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO trifold.primary_lease DEFAULT VALUES;

-- The key is the promise: of each due time one run, in the farm or on each host.
CREATE TABLE trifold.task_run (
  task text NOT NULL,
  -- The host, for a task of every host; empty for one of the primary.
  scope text NOT NULL,
  due timestamptz NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  host text NOT NULL,
  -- The process that runs it, and in which term of the primary's (0: not the primary's).
  session uuid NOT NULL,
  term bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'ok', 'failed', 'unknown', 'skipped')),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  exit_code integer,
  output text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (task, scope, due, attempt)
);
CREATE INDEX task_run_open ON trifold.task_run (scope) WHERE state = 'running';
CREATE INDEX task_run_started ON trifold.task_run (started_at);

-- Tasks that are not to run, on no host.
CREATE TABLE trifold.task_disabled (
  task text PRIMARY KEY,
  disabled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  disabled_by text NOT NULL
);
