-- Of lost versions that are put back into a log that was set back, the newest stands in the end,
-- whichever is appended first.

-- The event that put a lost version back, if there is one by now, and which version that was.
ALTER TABLE trifold.recovery ADD COLUMN put_event uuid, ADD COLUMN put_version bigint;

-- The policies of drafts of which some are of lost versions (p_lost; null for any other), after the
-- append lock is taken: to be called for append's argument. Such a draft replaces an equal or older
-- lost version that was put back before it, whatever its policy. One that changes the lost version
-- (p_changed) is a draft as any other for the rest; one that puts it back as it was gives way to what
-- was made since the epoch began.
CREATE FUNCTION trifold.giving_way(
  p_policies smallint[], p_epoch uuid, p_host text, p_incarnation uuid, p_sequence bigint[],
  p_path bytea[], p_id uuid[], p_lost bigint[], p_changed boolean[])
RETURNS smallint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_policies smallint[] := p_policies;
  v_began bigint;
  v_recorded bigint;
  v_key bytea;
  v_now record;
BEGIN
  PERFORM pg_advisory_xact_lock(7881702260482471269);
  SELECT coalesce(max(e.position), 0) INTO v_began FROM trifold.epoch e WHERE e.epoch = p_epoch;
  SELECT coalesce(max(p.last_sequence), 0) INTO v_recorded FROM trifold.producer p
    WHERE p.host = p_host AND p.incarnation = p_incarnation;
  FOR i IN 1 .. cardinality(p_path) LOOP
    CONTINUE WHEN p_lost[i] IS NULL OR p_sequence[i] <= v_recorded;
    v_key := sha256(p_path[i]);
    SELECT s.position, e.id = r.put_event AND r.put_version <= p_lost[i] AS is_older INTO v_now
      FROM trifold.path_state s
      JOIN trifold.event e ON e.position = s.position
      LEFT JOIN trifold.recovery r ON r.epoch = p_epoch AND r.path_key = v_key
      WHERE s.path_key = v_key;
    IF FOUND AND v_now.position > v_began THEN
      IF v_now.is_older THEN
        -- No rival: append finds the path without a version.
        DELETE FROM trifold.path_state s WHERE s.path_key = v_key;
      ELSIF p_changed[i] THEN
        CONTINUE;
      ELSE
        v_policies[i] := 3;
        CONTINUE;
      END IF;
    END IF;
    IF NOT p_changed[i] THEN
      INSERT INTO trifold.recovery AS r (epoch, path_key, version, put_event, put_version)
        VALUES (p_epoch, v_key, p_lost[i], p_id[i], p_lost[i])
        ON CONFLICT (epoch, path_key) DO UPDATE
          SET put_event = excluded.put_event, put_version = excluded.put_version;
    END IF;
  END LOOP;
  RETURN v_policies;
END $$;
