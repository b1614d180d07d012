-- Verification of the hosts by each other, the log's epochs, and what was decided about events that
-- cannot be trusted.

-- Which farm this is, whatever the epoch of its log.
ALTER TABLE trifold.farm ADD COLUMN identity uuid NOT NULL DEFAULT gen_random_uuid();

-- Each epoch but the first: it begins when a host finds that the log has lost its tail.
CREATE TABLE trifold.epoch (
  epoch uuid PRIMARY KEY,
  previous uuid NOT NULL,
  -- The log's head when it began: what comes behind is of this epoch.
  position bigint NOT NULL,
  began_by text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who puts which lost version of a path into the log again: the newest wins.
CREATE TABLE trifold.recovery (
  epoch uuid NOT NULL,
  path_key bytea NOT NULL,
  version bigint NOT NULL,
  -- How often just this version was offered.
  offers integer NOT NULL DEFAULT 1,
  PRIMARY KEY (epoch, path_key)
);

-- Events that cannot be trusted and that an operator had the farm pass over. The signature is of the
-- farm's key: who can write to the database alone cannot add one.
CREATE TABLE trifold.skipped (
  epoch uuid NOT NULL,
  position bigint NOT NULL,
  -- Of the row that was looked at; of no bytes where there was no row.
  event_digest bytea NOT NULL CHECK (octet_length(event_digest) = 32),
  host text NOT NULL,
  skipped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  signature bytea NOT NULL,
  PRIMARY KEY (epoch, position, event_digest)
);

-- What the hosts are asked to verify, all at one position.
CREATE TABLE trifold.verification (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  epoch uuid NOT NULL,
  position bigint NOT NULL,
  -- A path and all below it; empty for everything.
  below bytea NOT NULL,
  -- Whether somebody waits for it.
  urgent boolean NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX verification_asked ON trifold.verification (asked_at);

CREATE TABLE trifold.verification_answer (
  verification bigint NOT NULL REFERENCES trifold.verification ON DELETE CASCADE,
  host text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  paths bigint NOT NULL,
  bytes bigint NOT NULL,
  divergences bigint NOT NULL,
  answered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (verification, host)
);

-- The epoch, after the append lock is taken and the log is found to be the one that the host knows:
-- to be called for append's first argument. A null id is not looked at.
--
-- Errors: TF006 the log does not have this event at this position (detail: the log's head).
CREATE FUNCTION trifold.on_timeline(p_epoch uuid, p_position bigint, p_id uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7881702260482471269);
  IF p_id IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM trifold.event e WHERE e.position = p_position AND e.id = p_id)
      AND EXISTS (SELECT 1 FROM trifold.log_head h WHERE p_position >= h.oldest) THEN
    RAISE EXCEPTION 'not the log that the host knows' USING ERRCODE = 'TF006', DETAIL = (
      SELECT h.position::text FROM trifold.log_head h);
  END IF;
  RETURN p_epoch;
END $$;

-- Begins a new epoch in the place of this one; or tells which one has begun already.
CREATE FUNCTION trifold.begin_epoch(p_old uuid, p_host text) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_current uuid;
  v_new uuid;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM pg_advisory_xact_lock(7881702260482471269);
  SELECT f.epoch INTO STRICT v_current FROM trifold.farm f;
  IF v_current <> p_old THEN
    RETURN v_current;
  END IF;
  v_new := gen_random_uuid();
  INSERT INTO trifold.epoch (epoch, previous, position, began_by)
    SELECT v_new, v_current, h.position, p_host FROM trifold.log_head h;
  UPDATE trifold.farm SET epoch = v_new;
  PERFORM pg_notify('trifold', h.position::text) FROM trifold.log_head h;
  RETURN v_new;
END $$;
