-- Calls: operations that one host asks of the farm. A stream of their own, behind no file.

-- The payload is exactly what the submitter signed; hosts believe it alone.
CREATE TABLE trifold.call (
  id uuid PRIMARY KEY,
  -- For the order in which they are shown and begun; a gap means nothing.
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name text NOT NULL,
  submitter text NOT NULL,
  payload bytea NOT NULL,
  signature bytea NOT NULL,
  submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX call_submitted ON trifold.call (submitted_at);

-- The members, fixed at the submission, and what became of the call on each: waiting and running go
-- over into exactly one of the others, which stays.
CREATE TABLE trifold.call_host (
  call uuid NOT NULL REFERENCES trifold.call ON DELETE CASCADE,
  host text NOT NULL,
  state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'running', 'ok', 'failed', 'expired', 'unknown')),
  -- The process that runs it: a later one of the same host knows nothing of it.
  runner uuid,
  started_at timestamptz,
  ended_at timestamptz,
  exit_code integer,
  output text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (call, host)
);
CREATE INDEX call_host_open ON trifold.call_host (host) WHERE state IN ('waiting', 'running');
