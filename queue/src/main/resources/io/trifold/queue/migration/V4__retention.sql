-- The log in partitions by position, of which the old ones are reduced to what is still wanted.

-- What decides how long a version is wanted. Here only where no earlier migration has made them.
ALTER TABLE trifold.event
  -- 4: a delete.
  ADD COLUMN IF NOT EXISTS kind smallint NOT NULL DEFAULT 1,
  -- 1: it gave way when it was appended, and was never its path's version.
  ADD COLUMN IF NOT EXISTS verdict smallint NOT NULL DEFAULT 0,
  -- For how long it is kept from when it is no longer its path's version.
  ADD COLUMN IF NOT EXISTS kept_seconds integer NOT NULL DEFAULT 2592000;
CREATE INDEX IF NOT EXISTS event_path ON trifold.event (substring(path FROM 1 FOR 1024), position);

-- One row: how long things are kept, and who last looked after it.
CREATE TABLE trifold.retention (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- How many positions a partition has.
  partition_events bigint NOT NULL DEFAULT 250000 CHECK (partition_events >= 2),
  -- How old events must be before the log no longer has every one of them.
  log_seconds integer NOT NULL DEFAULT 2592000 CHECK (log_seconds >= 0),
  -- How long a host may be silent before the log no longer waits for it.
  expiry_seconds integer NOT NULL DEFAULT 2592000 CHECK (expiry_seconds >= 60),
  -- How long content that no event names is left to who may be about to name it.
  grace_seconds integer NOT NULL DEFAULT 86400 CHECK (grace_seconds >= 0),
  -- How often somebody looks after all this.
  every_seconds integer NOT NULL DEFAULT 3600 CHECK (every_seconds >= 1),
  -- The last time.
  host text NOT NULL DEFAULT '',
  began_at timestamptz,
  ended_at timestamptz,
  outcome text NOT NULL DEFAULT ''
);
INSERT INTO trifold.retention DEFAULT VALUES;

-- The partitions there are: positions from first up to, and without, next.
CREATE TABLE trifold.log_partition (
  first bigint PRIMARY KEY,
  next bigint NOT NULL CHECK (next > first),
  -- When it was last looked at for what is not wanted any more.
  checked_at timestamptz
);

-- Into partitions, whatever columns and indexes the tables have by now. What is there becomes the first
-- partition as it is. An index that is unique must have the position in it: so events are told apart
-- by trifold.producer alone from here on.
DO $$
DECLARE
  v_table text;
  v_index record;
  v_definitions text[];
  v_next bigint;
BEGIN
  SELECT (h.position / r.partition_events + 1) * r.partition_events + 1 INTO v_next
    FROM trifold.log_head h, trifold.retention r;
  FOREACH v_table IN ARRAY ARRAY['event', 'event_chunk'] LOOP
    EXECUTE format('ALTER TABLE trifold.%I RENAME TO %I', v_table, v_table || '_1');
    v_definitions := ARRAY[]::text[];
    FOR v_index IN
      SELECT c.relname AS name, i.indisprimary AS is_primary, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = format('trifold.%I', v_table || '_1')::regclass
    LOOP
      IF v_index.is_primary THEN
        EXECUTE format('ALTER INDEX trifold.%I RENAME TO %I', v_index.name, v_table || '_1_pkey');
      ELSE
        v_definitions := v_definitions || replace(
          replace(v_index.definition, 'CREATE UNIQUE INDEX', 'CREATE INDEX'),
          format(' ON trifold.%s ', v_table || '_1'), format(' ON trifold.%s ', v_table));
        EXECUTE format('DROP INDEX trifold.%I', v_index.name);
      END IF;
    END LOOP;
    EXECUTE format(
      'CREATE TABLE trifold.%I (LIKE trifold.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
      ' INCLUDING STORAGE) PARTITION BY RANGE (position)', v_table, v_table || '_1');
    EXECUTE format('ALTER TABLE trifold.%I ADD PRIMARY KEY (position%s)', v_table,
                   CASE v_table WHEN 'event' THEN '' ELSE ', digest' END);
    EXECUTE format(
      'ALTER TABLE trifold.%I ATTACH PARTITION trifold.%I FOR VALUES FROM (1) TO (%s)',
      v_table, v_table || '_1', v_next);
    FOR i IN 1..cardinality(v_definitions) LOOP
      EXECUTE v_definitions[i];
    END LOOP;
  END LOOP;
  INSERT INTO trifold.log_partition (first, next) VALUES (1, v_next);
END $$;

-- Makes the partitions for all positions up to this one. Nobody who reads or appends waits for it.
CREATE FUNCTION trifold.make_partitions(p_position bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_first bigint;
  v_size bigint;
  v_table text;
BEGIN
  SELECT max(p.next) INTO STRICT v_first FROM trifold.log_partition p;
  SELECT r.partition_events INTO STRICT v_size FROM trifold.retention r;
  WHILE v_first <= p_position LOOP
    FOREACH v_table IN ARRAY ARRAY['event', 'event_chunk'] LOOP
      EXECUTE format(
        'CREATE TABLE trifold.%I (LIKE trifold.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
        ' INCLUDING STORAGE INCLUDING INDEXES)', v_table || '_' || v_first, v_table);
      EXECUTE format(
        'ALTER TABLE trifold.%I ATTACH PARTITION trifold.%I FOR VALUES FROM (%s) TO (%s)',
        v_table, v_table || '_' || v_first, v_first, v_first + v_size);
    END LOOP;
    INSERT INTO trifold.log_partition (first, next) VALUES (v_first, v_first + v_size);
    v_first := v_first + v_size;
  END LOOP;
END $$;

-- They are made ahead, by the append that comes near the end of the last one: so there is one whatever
-- became of who looks after the log.
CREATE FUNCTION trifold.partition_ahead() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_size bigint;
BEGIN
  SELECT r.partition_events INTO STRICT v_size FROM trifold.retention r;
  IF NEW.position + greatest(v_size, 4000) >= (SELECT max(p.next) FROM trifold.log_partition p) THEN
    PERFORM trifold.make_partitions(NEW.position + greatest(2 * v_size, 8000));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER log_head_ahead AFTER UPDATE OF position ON trifold.log_head
  FOR EACH ROW EXECUTE FUNCTION trifold.partition_ahead();
SELECT trifold.make_partitions(h.position + greatest(2 * r.partition_events, 8000))
  FROM trifold.log_head h, trifold.retention r;

-- Takes the turn to look after the log, if it is time.
CREATE FUNCTION trifold.begin_retention(p_host text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE trifold.retention SET host = p_host, began_at = clock_timestamp(), ended_at = NULL,
         outcome = ''
    WHERE began_at IS NULL
      OR began_at <= clock_timestamp() - make_interval(secs => every_seconds);
  RETURN FOUND;
END $$;

-- Up to where every host that is waited for has applied the log.
CREATE FUNCTION trifold.applied_by_all() RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT least(l.position, (
      SELECT min(h.position) FROM trifold.host h
        WHERE h.last_seen > clock_timestamp() - make_interval(secs => r.expiry_seconds)))
    FROM trifold.log_head l, trifold.retention r
$$;

-- Says from where on the log has every event: what is in partitions before may be gone from then on.
-- First of all, and committed, so that nobody takes what is missing for a hole.
CREATE FUNCTION trifold.raise_oldest() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_applied bigint := trifold.applied_by_all();
  v_before timestamptz;
  v_oldest bigint;
  v_partition record;
BEGIN
  SELECT clock_timestamp() - make_interval(secs => r.log_seconds) INTO STRICT v_before
    FROM trifold.retention r;
  SELECT h.oldest INTO STRICT v_oldest FROM trifold.log_head h FOR UPDATE;
  FOR v_partition IN
    SELECT p.next FROM trifold.log_partition p WHERE p.next > v_oldest ORDER BY p.next
  LOOP
    EXIT WHEN v_partition.next - 1 > v_applied
      OR (SELECT e.appended_at FROM trifold.event e WHERE e.position = v_partition.next - 1) > v_before;
    v_oldest := v_partition.next;
  END LOOP;
  UPDATE trifold.log_head h SET oldest = v_oldest WHERE h.oldest < v_oldest;
  RETURN v_oldest;
END $$;

-- Whether an event is wanted though the log no longer has every event of its time: it is the latest of
-- its path, or stopped being so not long ago. A tombstone is the latest of its path, too, until nobody
-- can be left who has not heard of it.
CREATE FUNCTION trifold.is_wanted(
  p_position bigint, p_path bytea, p_kind smallint, p_verdict smallint, p_appended_at timestamptz,
  p_kept_seconds integer
) RETURNS boolean
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
  v_ended timestamptz;
BEGIN
  PERFORM 1 FROM trifold.path_state s WHERE s.path_key = sha256(p_path) AND s.position = p_position;
  IF FOUND THEN
    RETURN p_kind <> 4
      OR p_appended_at > (SELECT clock_timestamp() - make_interval(secs => 2.0 * r.expiry_seconds)
                            FROM trifold.retention r)
      OR EXISTS (SELECT 1 FROM trifold.host h WHERE h.position < p_position);
  END IF;
  IF p_verdict = 1 THEN
    v_ended := p_appended_at;
  ELSE
    SELECT n.appended_at INTO v_ended FROM trifold.event n
      WHERE substring(n.path FROM 1 FOR 1024) = substring(p_path FROM 1 FOR 1024)
        AND n.path = p_path AND n.position > p_position AND n.verdict <> 1
      ORDER BY n.position LIMIT 1;
  END IF;
  RETURN v_ended IS NULL OR v_ended > clock_timestamp() - make_interval(secs => p_kept_seconds);
END $$;

-- Reduces a partition that lies before the oldest position to the events that are wanted, if half of
-- what is in it is not. It is written anew beside, and takes the place of the old one in a moment in
-- which nobody appends or reads; if that moment does not come soon, another time.
CREATE FUNCTION trifold.reduce_partition(
  p_first bigint, OUT out_before bigint, OUT out_removed bigint)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_next bigint;
  v_wanted bigint;
  v_table text;
BEGIN
  out_removed := 0;
  SELECT p.next INTO STRICT v_next FROM trifold.log_partition p WHERE p.first = p_first;
  PERFORM 1 FROM trifold.log_head h WHERE h.oldest >= v_next;
  IF NOT FOUND OR NOT pg_try_advisory_xact_lock(7881702260482471270) THEN
    RETURN;
  END IF;
  UPDATE trifold.log_partition p SET checked_at = clock_timestamp() WHERE p.first = p_first;
  CREATE TEMPORARY TABLE unwanted ON COMMIT DROP AS
    SELECT e.position, sha256(e.path) AS path_key FROM trifold.event e
      WHERE e.position >= p_first AND e.position < v_next
        AND NOT trifold.is_wanted(e.position, e.path, e.kind, e.verdict, e.appended_at,
                                  e.kept_seconds);
  GET DIAGNOSTICS out_removed = ROW_COUNT;
  SELECT count(*) INTO out_before FROM trifold.event e
    WHERE e.position >= p_first AND e.position < v_next;
  v_wanted := out_before - out_removed;
  IF out_removed = 0 OR v_wanted > out_removed THEN
    out_removed := 0;
    DROP TABLE unwanted;
    RETURN;
  END IF;
  CREATE UNIQUE INDEX ON unwanted (position);
  ANALYZE unwanted;
  FOREACH v_table IN ARRAY ARRAY['event', 'event_chunk'] LOOP
    EXECUTE format(
      'CREATE TABLE trifold.%I (LIKE trifold.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
      ' INCLUDING STORAGE INCLUDING INDEXES, CONSTRAINT within CHECK (position >= %s AND position < %s))',
      v_table || '_reduced', v_table, p_first, v_next);
    EXECUTE format(
      'INSERT INTO trifold.%I SELECT * FROM trifold.%I t WHERE NOT EXISTS ('
      'SELECT 1 FROM unwanted u WHERE u.position = t.position)',
      v_table || '_reduced', v_table || '_' || p_first);
    EXECUTE format('ANALYZE trifold.%I', v_table || '_reduced');
  END LOOP;

  PERFORM set_config('lock_timeout', '2s', true);
  PERFORM pg_advisory_xact_lock(7881702260482471269);
  -- Tombstones that nobody needs; unless the path has come back to life meanwhile.
  DELETE FROM trifold.path_state s USING unwanted u
    WHERE s.path_key = u.path_key AND s.position = u.position;
  FOREACH v_table IN ARRAY ARRAY['event', 'event_chunk'] LOOP
    EXECUTE format('ALTER TABLE trifold.%I DETACH PARTITION trifold.%I',
                   v_table, v_table || '_' || p_first);
    EXECUTE format('DROP TABLE trifold.%I', v_table || '_' || p_first);
    IF v_wanted = 0 THEN
      EXECUTE format('DROP TABLE trifold.%I', v_table || '_reduced');
    ELSE
      EXECUTE format(
        'ALTER TABLE trifold.%I ATTACH PARTITION trifold.%I FOR VALUES FROM (%s) TO (%s)',
        v_table, v_table || '_reduced', p_first, v_next);
      EXECUTE format('ALTER TABLE trifold.%I DROP CONSTRAINT within', v_table || '_reduced');
      EXECUTE format('ALTER TABLE trifold.%I RENAME TO %I',
                     v_table || '_reduced', v_table || '_' || p_first);
    END IF;
  END LOOP;
  IF v_wanted = 0 THEN
    DELETE FROM trifold.log_partition p WHERE p.first = p_first;
  END IF;
  DROP TABLE unwanted;
END $$;

-- Removes content that no event names, from the digests behind p_after on; and tells how far it came
-- (null: to the end), and how much it removed.
--
-- Who stores a chunk, asks for it or is about to name it has set last_ref just before, so the grace
-- keeps it. What is to go is locked first, and looked at again in a statement of its own: an append
-- that named it meanwhile has committed before, or waits for the lock and then misses the chunk, and
-- its host stores it again.
CREATE FUNCTION trifold.collect_chunks(
  p_after bytea, p_limit integer, OUT out_last bytea, OUT out_chunks bigint, OUT out_bytes bigint)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
  v_before timestamptz;
  v_page bytea[];
  v_locked bytea[];
BEGIN
  out_chunks := 0;
  out_bytes := 0;
  SELECT clock_timestamp() - make_interval(secs => r.grace_seconds) INTO STRICT v_before
    FROM trifold.retention r;
  SELECT array_agg(p.digest ORDER BY p.digest) INTO v_page FROM (
    SELECT c.digest FROM trifold.chunk c WHERE c.digest > p_after ORDER BY c.digest LIMIT p_limit) p;
  IF v_page IS NULL THEN
    RETURN;
  END IF;
  IF cardinality(v_page) = p_limit THEN
    out_last := v_page[p_limit];
  END IF;
  SELECT array_agg(l.digest) INTO v_locked FROM (
    SELECT c.digest FROM trifold.chunk c
      WHERE c.digest = ANY (v_page) AND c.last_ref < v_before
        AND NOT EXISTS (SELECT 1 FROM trifold.event_chunk r WHERE r.digest = c.digest)
      ORDER BY c.digest FOR UPDATE SKIP LOCKED) l;
  IF v_locked IS NULL THEN
    RETURN;
  END IF;
  WITH gone AS (
    DELETE FROM trifold.chunk c
      WHERE c.digest = ANY (v_locked) AND c.last_ref < v_before
        AND NOT EXISTS (SELECT 1 FROM trifold.event_chunk r WHERE r.digest = c.digest)
      RETURNING octet_length(c.data) AS bytes)
  SELECT count(*), coalesce(sum(bytes), 0) INTO out_chunks, out_bytes FROM gone;
END $$;
