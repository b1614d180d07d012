-- Conflicts are decided by the policy that a draft brings; versions have a time that they are kept for;
-- events can belong to a change set.

ALTER TABLE trifold.event
  -- Whether the producer was the primary then, by its mode or by its lease.
  ADD COLUMN from_primary boolean NOT NULL DEFAULT false,
  -- The version that it gave way to; 0 if it did not.
  ADD COLUMN yielded_to bigint NOT NULL DEFAULT 0 CHECK (yielded_to >= 0),
  ADD COLUMN change_set uuid,
  -- 0: it is the path's version from here on. 1: it gave way, and is in the history alone. 2: it gave way
  -- and stands beside, at the path that it has here; the payload has both.
  ADD CHECK (verdict IN (0, 1, 2)),
  ADD CHECK (kept_seconds >= 0);

-- 1 file, 2 directory, 3 symbolic link, 4 delete: what there is by now was appended without. A link
-- leaves no mark of its own, and counts as a file.
UPDATE trifold.event SET kind = 2 WHERE content_key = sha256('\x02');
UPDATE trifold.event SET kind = 4 WHERE content_key = sha256('\x04');
ALTER TABLE trifold.event ALTER COLUMN kind DROP DEFAULT;

CREATE INDEX event_conflict ON trifold.event (position) WHERE replaced > 0 OR verdict <> 0;
CREATE INDEX event_change_set ON trifold.event (change_set, position) WHERE change_set IS NOT NULL;
CREATE INDEX event_appended_at ON trifold.event USING brin (appended_at);

DROP FUNCTION trifold.append(uuid, text, uuid, uuid, bigint[], uuid[], bigint[], bytea[], bytea[],
                             bytea[], bytea[], bigint[], bytea[]);

-- Appends a batch, all or nothing, and tells the outcome of each draft.
--
-- Each statement has a snapshot of its own (VOLATILE, READ COMMITTED), so what follows the lock sees
-- all that was committed by those who held it before. Lock order: the append lock, then the host's row,
-- then chunks by digest.
--
-- The verdict over a conflict is io.trifold.queue.Ruling, in SQL; a test holds one against the other.
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
  p_chunk bytea[],
  p_kind smallint[],
  -- 0 last-wins, 1 keep-both, 2 primary-wins, 3 only if the path is as the draft is based on
  p_policy smallint[],
  p_aside bytea[],
  p_kept_seconds integer[],
  p_change_set uuid[]
) RETURNS TABLE (out_position bigint, out_replaced bigint, out_verdict smallint, out_yielded_to bigint)
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
  v_primary boolean;
BEGIN
  -- A commit that hosts have seen must not be taken back by a crash.
  PERFORM set_config('synchronous_commit', 'on', true);
  PERFORM pg_advisory_xact_lock(7881702260482471269);

  PERFORM 1 FROM trifold.farm f WHERE f.epoch = p_epoch;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not the epoch of this farm' USING ERRCODE = 'TF001';
  END IF;
  -- Held to the commit: a session that takes over sees all that this one has appended.
  SELECT h.mode = 'primary'
         OR EXISTS (SELECT 1 FROM trifold.primary_lease l
              WHERE l.host = h.name AND l.lease_until > clock_timestamp())
    INTO v_primary FROM trifold.host h
    WHERE h.name = p_host AND h.incarnation = p_incarnation AND h.session = p_session
    FOR SHARE OF h;
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
                               replaced, path, content_key, payload, signature, kind, from_primary,
                               verdict, yielded_to, kept_seconds, change_set)
      SELECT v_head + r.s - v_recorded, r.id, p_host, p_incarnation, r.s, r.base,
             CASE WHEN r.conflict AND r.verdict = 0 AND r.place = 1 THEN r.rival ELSE 0 END,
             CASE WHEN r.verdict = 2 THEN r.aside ELSE r.path END,
             r.content_key, r.payload, r.signature, r.kind, v_primary,
             r.verdict,
             CASE WHEN r.verdict = 0 THEN 0 ELSE r.rival END,
             r.kept_seconds, r.change_set
        FROM (
          SELECT f.*,
                 CASE WHEN f.first_verdict = 2 AND f.aside IS NULL THEN 1
                      ELSE f.first_verdict END::smallint AS verdict
            FROM (
              -- Behind another of this batch on the same path: based on it, and shares its fate.
              SELECT v.*,
                     first_value(v.own_verdict) OVER same_path AS first_verdict,
                     row_number() OVER same_path AS place
                FROM (
                  SELECT c.*,
                         CASE
                           WHEN NOT c.conflict THEN 0
                           WHEN c.policy = 3 THEN 1
                           -- A directory's metadata alone against its delete.
                           WHEN (c.kind, c.rival_kind) IN ((2, 4), (4, 2))
                             AND (SELECT b.kind FROM trifold.event b WHERE b.position = c.base) = 2
                           THEN CASE c.kind WHEN 4 THEN 0 ELSE 1 END
                           WHEN c.kind = 4 THEN
                             CASE WHEN c.policy = 2 AND v_primary AND NOT c.rival_primary
                                  THEN 0 ELSE 1 END
                           WHEN c.rival_kind = 4 THEN
                             CASE WHEN c.policy = 2 AND c.rival_primary AND NOT v_primary
                                  THEN 1 ELSE 0 END
                           WHEN c.kind = 2 THEN 0
                           WHEN c.policy = 1 THEN 2
                           WHEN c.rival_kind = 2 THEN 1
                           WHEN c.policy = 2 AND c.rival_primary AND NOT v_primary THEN 1
                           ELSE 0
                         END AS own_verdict
                    FROM (
                      SELECT d.*, e.position AS rival, e.kind AS rival_kind,
                             e.from_primary AS rival_primary,
                             -- Equal content is no conflict; a producer's changes to a path are
                             -- based on its earlier ones.
                             e.position IS NOT NULL AND e.position <> d.base
                               AND e.content_key <> d.content_key
                               AND (d.policy = 3
                                    OR (e.host, e.incarnation) <> (p_host, p_incarnation))
                               AS conflict
                        FROM unnest(p_sequence, p_id, p_base, p_path, p_content_key, p_payload,
                                    p_signature, p_kind, p_policy, p_aside, p_kept_seconds,
                                    p_change_set)
                               d (s, id, base, path, content_key, payload, signature, kind,
                                  policy, aside, kept_seconds, change_set)
                        LEFT JOIN LATERAL (
                          SELECT s.position FROM trifold.path_state s
                            WHERE s.path_key = sha256(d.path) LIMIT 1) p ON true
                        LEFT JOIN LATERAL (
                          SELECT c.position, c.content_key, c.host, c.incarnation, c.kind,
                                 c.from_primary
                            FROM trifold.event c WHERE c.position = p.position LIMIT 1) e ON true
                        WHERE d.s > v_recorded) c) v
                WINDOW same_path AS (PARTITION BY v.path ORDER BY v.s)) f) r;
    INSERT INTO trifold.path_state AS p (path_key, path, position)
      SELECT DISTINCT ON (e.path) sha256(e.path), e.path, e.position
        FROM trifold.event e
        WHERE e.position > v_head AND e.verdict <> 1
        ORDER BY e.path, e.position DESC
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

  RETURN QUERY SELECT r.position, r.replaced, r.verdict, r.yielded_to
    FROM unnest(p_sequence) d (s)
    LEFT JOIN LATERAL (
      SELECT e.position, e.replaced, e.verdict, e.yielded_to FROM trifold.event e
        WHERE e.host = p_host AND e.incarnation = p_incarnation AND e.producer_sequence = d.s
        LIMIT 1) r ON true
    ORDER BY d.s;
END $$;
