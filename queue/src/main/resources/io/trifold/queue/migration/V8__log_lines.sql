-- Lines of log files on their way to the other hosts: a stream of its own, so that however many there are,
-- no file event waits behind them.

-- One row: the ends of the stream.
CREATE TABLE trifold.line_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
  oldest bigint NOT NULL DEFAULT 1 CHECK (oldest >= 1)
);
INSERT INTO trifold.line_head DEFAULT VALUES;

-- The payload is exactly what the host signed; hosts believe it, and check the columns against it.
CREATE TABLE trifold.line_batch (
  position bigint PRIMARY KEY CHECK (position >= 1),
  host text NOT NULL,
  incarnation uuid NOT NULL,
  first_sequence bigint NOT NULL CHECK (first_sequence >= 1),
  last_sequence bigint NOT NULL CHECK (last_sequence >= first_sequence),
  payload bytea NOT NULL,
  signature bytea NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- It is compressed already.
ALTER TABLE trifold.line_batch ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX line_batch_host ON trifold.line_batch (host, position);

-- What each host has appended: what is offered again is recognised by it, and outlives its batches.
CREATE TABLE trifold.line_producer (
  host text NOT NULL,
  incarnation uuid NOT NULL,
  last_sequence bigint NOT NULL,
  PRIMARY KEY (host, incarnation)
);

-- Appends a batch, unless it was appended before; returns the last sequence recorded of the host.
--
-- A lock of its own, not that of the events. Each statement has a snapshot of its own, so what follows the
-- lock sees all that was committed by those who held it before.
--
-- Errors: TF001 not the farm's epoch, TF002 not the host's session, TF003 a part of it was appended before
-- (detail: the last sequence recorded).
CREATE FUNCTION trifold.append_lines(
  p_epoch uuid,
  p_host text,
  p_incarnation uuid,
  p_session uuid,
  p_first bigint,
  p_last bigint,
  p_payload bytea,
  p_signature bytea
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  v_recorded bigint;
  v_position bigint;
BEGIN
  -- Hosts must not have seen what a crash takes back.
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM pg_advisory_xact_lock(7881702260482471271);
  PERFORM 1 FROM trifold.farm f WHERE f.epoch = p_epoch;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not the epoch of this farm' USING ERRCODE = 'TF001';
  END IF;
  PERFORM 1 FROM trifold.host h
    WHERE h.name = p_host AND h.incarnation = p_incarnation AND h.session = p_session;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not the session of this host' USING ERRCODE = 'TF002';
  END IF;
  SELECT p.last_sequence INTO v_recorded FROM trifold.line_producer p
    WHERE p.host = p_host AND p.incarnation = p_incarnation;
  v_recorded := coalesce(v_recorded, 0);
  IF p_last <= v_recorded THEN
    RETURN v_recorded;
  END IF;
  IF p_first <= v_recorded THEN
    RAISE EXCEPTION 'a part of the batch was appended before'
      USING ERRCODE = 'TF003', DETAIL = v_recorded::text;
  END IF;
  UPDATE trifold.line_head h SET position = h.position + 1 RETURNING h.position INTO STRICT v_position;
  INSERT INTO trifold.line_batch
      (position, host, incarnation, first_sequence, last_sequence, payload, signature)
    VALUES (v_position, p_host, p_incarnation, p_first, p_last, p_payload, p_signature);
  INSERT INTO trifold.line_producer AS p (host, incarnation, last_sequence)
    VALUES (p_host, p_incarnation, p_last)
    ON CONFLICT (host, incarnation) DO UPDATE SET last_sequence = excluded.last_sequence;
  PERFORM pg_notify('trifold_lines', v_position::text);
  RETURN p_last;
END $$;

-- Removes up to 1,000 batches that are older than so many seconds; returns how many. The end moves first:
-- who reads from before it is told so, and never sees a hole.
CREATE FUNCTION trifold.prune_lines(p_seconds double precision) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  v_last bigint;
  v_removed bigint;
BEGIN
  PERFORM 1 FROM trifold.line_head h FOR UPDATE;
  SELECT max(b.position) INTO v_last FROM (
    SELECT c.position, c.appended_at FROM trifold.line_batch c ORDER BY c.position LIMIT 1000) b
    WHERE b.appended_at < clock_timestamp() - make_interval(secs => p_seconds);
  IF v_last IS NULL THEN
    RETURN 0;
  END IF;
  UPDATE trifold.line_head h SET oldest = v_last + 1;
  DELETE FROM trifold.line_batch b WHERE b.position <= v_last;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END $$;
