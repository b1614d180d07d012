-- The farm's log: events, the paths' states, content, hosts.

-- One row: which log this is, and whose key signs it.
CREATE TABLE trifold.farm (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch uuid NOT NULL DEFAULT gen_random_uuid(),
  key_id text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row: the ends of the log. Positions come from here and not from a sequence, because a sequence's
-- numbers become visible out of order, and a reader of "position > mine" would lose events.
CREATE TABLE trifold.log_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
  oldest bigint NOT NULL DEFAULT 1 CHECK (oldest >= 1)
);
INSERT INTO trifold.log_head DEFAULT VALUES;

-- The payload is exactly what the producer signed. The columns that repeat it serve look-ups here;
-- hosts believe the payload, and check the columns against it.
CREATE TABLE trifold.event (
  position bigint PRIMARY KEY CHECK (position >= 1),
  id uuid NOT NULL,
  host text NOT NULL,
  incarnation uuid NOT NULL,
  producer_sequence bigint NOT NULL CHECK (producer_sequence >= 1),
  base_version bigint NOT NULL CHECK (base_version >= 0),
  replaced bigint NOT NULL CHECK (replaced >= 0),
  path bytea NOT NULL,
  -- Equal for changes that leave the same content at the path: not a conflict.
  content_key bytea NOT NULL CHECK (octet_length(content_key) = 32),
  payload bytea NOT NULL,
  signature bytea NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX event_producer ON trifold.event (host, incarnation, producer_sequence);

-- What each producer has appended: what is offered again is recognised by it.
CREATE TABLE trifold.producer (
  host text NOT NULL,
  incarnation uuid NOT NULL,
  last_sequence bigint NOT NULL,
  PRIMARY KEY (host, incarnation)
);

-- The latest event of each path. A path may be longer than an index entry can be: so the key is its
-- hash, and the order is by its beginning first.
CREATE TABLE trifold.path_state (
  path_key bytea PRIMARY KEY,
  path bytea NOT NULL,
  position bigint NOT NULL
);
CREATE INDEX path_state_order ON trifold.path_state (substring(path FROM 1 FOR 1024));

-- Content by the SHA-256 of the uncompressed bytes. Partitioned because one table can hold only 2^32
-- values out of line; stored as it comes because it is compressed already.
CREATE TABLE trifold.chunk (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  length integer NOT NULL CHECK (length > 0),
  -- 0: as it is, 1: zstd
  encoding smallint NOT NULL CHECK (encoding IN (0, 1)),
  data bytea NOT NULL,
  -- When it was last stored, asked for before an append, or named by one.
  last_ref timestamptz NOT NULL DEFAULT clock_timestamp()
) PARTITION BY HASH (digest);
DO $$
BEGIN
  FOR i IN 0..7 LOOP
    EXECUTE format(
      'CREATE TABLE trifold.chunk_%s PARTITION OF trifold.chunk'
      ' FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
    EXECUTE format('ALTER TABLE trifold.chunk_%s ALTER COLUMN data SET STORAGE EXTERNAL', i);
  END LOOP;
END $$;

-- Which content an event names.
CREATE TABLE trifold.event_chunk (
  position bigint NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (position, digest)
);
CREATE INDEX event_chunk_digest ON trifold.event_chunk (digest);

CREATE TABLE trifold.host (
  name text PRIMARY KEY,
  incarnation uuid NOT NULL,
  -- The mount that holds the name now; appends and heartbeats of any other are refused.
  session uuid NOT NULL,
  session_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz NOT NULL,
  mode text NOT NULL,
  root text NOT NULL,
  -- As the host last said; its own journal is the authority.
  position bigint NOT NULL DEFAULT 0,
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Appends a batch, all or nothing, and tells the outcome of each draft.
--
-- Each statement has a snapshot of its own (VOLATILE, READ COMMITTED), so what follows the lock sees
-- all that was committed by those who held it before. Lock order: the append lock, then the host's row,
-- then chunks by digest.
--
-- Errors: TF001 not the farm's epoch, TF002 not the host's session, TF003 other events recorded under
-- these numbers, TF004 a gap in the producer's sequence, TF005 chunks missing (detail: their digests).
CREATE FUNCTION trifold.append(
  p_epoch uuid,
  p_host text,
  p_incarnation uuid,
  p_session uuid,
  p_sequence bigint[],
  p_id uuid[],
  p_base bigint[],
  p_path bytea[],
  p_content_key bytea[],
  p_payload bytea[],
  p_signature bytea[],
  p_chunk_sequence bigint[],
  p_chunk bytea[]
) RETURNS TABLE (out_position bigint, out_replaced bigint)
LANGUAGE plpgsql VOLATILE
-- A young table has no statistics, and a plan that scans it whole would be kept while it grows (20 times
-- slower at 50,000 events). Hence this, and LATERAL with LIMIT: each draft is looked up by its key.
SET enable_seqscan = off
-- What must be scanned all the same (one row) seems dear then, and is not worth compiling.
SET jit = off
AS $$
DECLARE
  v_recorded bigint;
  v_again bigint;
  v_fresh bigint;
  v_first bigint;
  v_last bigint;
  v_chunks bytea[];
  v_present bigint;
  v_head bigint;
BEGIN
  -- A commit that hosts have seen must not be taken back by a crash.
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM pg_advisory_xact_lock(7881702260482471269);

  PERFORM 1 FROM trifold.farm f WHERE f.epoch = p_epoch;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not the epoch of this farm' USING ERRCODE = 'TF001';
  END IF;
  -- Held to the commit: a session that takes over sees all that this one has appended.
  PERFORM 1 FROM trifold.host h
    WHERE h.name = p_host AND h.incarnation = p_incarnation AND h.session = p_session
    FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not the session of this host' USING ERRCODE = 'TF002';
  END IF;

  SELECT p.last_sequence INTO v_recorded FROM trifold.producer p
    WHERE p.host = p_host AND p.incarnation = p_incarnation;
  v_recorded := coalesce(v_recorded, 0);
  SELECT count(*) FILTER (WHERE s <= v_recorded),
         count(*) FILTER (WHERE s > v_recorded),
         min(s) FILTER (WHERE s > v_recorded),
         max(s) FILTER (WHERE s > v_recorded)
    INTO v_again, v_fresh, v_first, v_last
    FROM unnest(p_sequence) s;
  IF v_again > 0 AND v_again <> (
      SELECT count(*) FILTER (WHERE r.id = d.id) FROM unnest(p_sequence, p_id) d (s, id)
        LEFT JOIN LATERAL (
          SELECT e.id FROM trifold.event e WHERE e.host = p_host
            AND e.incarnation = p_incarnation AND e.producer_sequence = d.s LIMIT 1) r ON true
        WHERE d.s <= v_recorded) THEN
    RAISE EXCEPTION 'other events are recorded under these numbers'
      USING ERRCODE = 'TF003', DETAIL = v_recorded::text;
  END IF;
  IF v_fresh > 0 AND (v_first <> v_recorded + 1 OR v_last <> v_recorded + v_fresh) THEN
    RAISE EXCEPTION 'a gap in the producer''s sequence'
      USING ERRCODE = 'TF004', DETAIL = v_recorded::text;
  END IF;

  IF v_fresh > 0 THEN
    SELECT array_agg(DISTINCT c.digest ORDER BY c.digest) INTO v_chunks
      FROM unnest(p_chunk_sequence, p_chunk) c (s, digest) WHERE c.s > v_recorded;
    IF v_chunks IS NOT NULL THEN
      PERFORM 1 FROM trifold.chunk c WHERE c.digest = ANY (v_chunks)
        ORDER BY c.digest FOR NO KEY UPDATE;
      UPDATE trifold.chunk c SET last_ref = clock_timestamp() WHERE c.digest = ANY (v_chunks);
      GET DIAGNOSTICS v_present = ROW_COUNT;
      IF v_present < cardinality(v_chunks) THEN
        RAISE EXCEPTION 'chunks are missing' USING ERRCODE = 'TF005', DETAIL = (
          SELECT string_agg(encode(m.digest, 'hex'), ',') FROM (
            SELECT d.digest FROM unnest(v_chunks) d (digest)
              WHERE NOT EXISTS (SELECT 1 FROM trifold.chunk c WHERE c.digest = d.digest)
              LIMIT 1000) m);
      END IF;
    END IF;

    SELECT h.position INTO STRICT v_head FROM trifold.log_head h;
    INSERT INTO trifold.event (position, id, host, incarnation, producer_sequence, base_version,
                               replaced, path, content_key, payload, signature)
      SELECT v_head + d.s - v_recorded, d.id, p_host, p_incarnation, d.s, d.base,
             CASE
               -- Behind another of this batch on the same path: based on it.
               WHEN lag(d.s) OVER (PARTITION BY d.path ORDER BY d.s) IS NOT NULL THEN 0
               WHEN e.position IS NULL OR e.position = d.base THEN 0
               WHEN e.content_key = d.content_key THEN 0
               -- A producer's changes to a path are based on its earlier ones.
               WHEN e.host = p_host AND e.incarnation = p_incarnation THEN 0
               ELSE e.position
             END,
             d.path, d.content_key, d.payload, d.signature
        FROM unnest(p_sequence, p_id, p_base, p_path, p_content_key, p_payload, p_signature)
               d (s, id, base, path, content_key, payload, signature)
        LEFT JOIN LATERAL (
          SELECT s.position FROM trifold.path_state s
            WHERE s.path_key = sha256(d.path) LIMIT 1) p ON true
        LEFT JOIN LATERAL (
          SELECT c.position, c.content_key, c.host, c.incarnation FROM trifold.event c
            WHERE c.position = p.position LIMIT 1) e ON true
        WHERE d.s > v_recorded;
    INSERT INTO trifold.path_state AS p (path_key, path, position)
      SELECT DISTINCT ON (d.path) sha256(d.path), d.path, v_head + d.s - v_recorded
        FROM unnest(p_sequence, p_path) d (s, path)
        WHERE d.s > v_recorded
        ORDER BY d.path, d.s DESC
      ON CONFLICT (path_key) DO UPDATE SET position = excluded.position;
    INSERT INTO trifold.event_chunk (position, digest)
      SELECT DISTINCT v_head + c.s - v_recorded, c.digest
        FROM unnest(p_chunk_sequence, p_chunk) c (s, digest) WHERE c.s > v_recorded;
    INSERT INTO trifold.producer AS p (host, incarnation, last_sequence)
      VALUES (p_host, p_incarnation, v_last)
      ON CONFLICT (host, incarnation) DO UPDATE SET last_sequence = excluded.last_sequence;
    UPDATE trifold.log_head h SET position = v_head + v_fresh;
    -- One for the batch: a notification holds a lock of the whole server to the end of the commit.
    PERFORM pg_notify('trifold', (v_head + v_fresh)::text);
  END IF;

  RETURN QUERY SELECT r.position, r.replaced
    FROM unnest(p_sequence) d (s)
    LEFT JOIN LATERAL (
      SELECT e.position, e.replaced FROM trifold.event e WHERE e.host = p_host
        AND e.incarnation = p_incarnation AND e.producer_sequence = d.s LIMIT 1) r ON true
    ORDER BY d.s;
END $$;
