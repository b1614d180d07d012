-- What follows a position, and the ends of the log in the same snapshot: what each host asks for after each
-- append. Planned once in a session, as an append is, and for the index whatever the tables hold: the plan is
-- the same for all positions, and to make it anew took seven times as long as to carry it out. PostgreSQL does
-- make it anew in each session that begins when the log has grown, as it takes a third of the log for what
-- follows a position that it does not know.
--
-- One row for each event, up to p_limit of them, and none behind p_bytes of payload; one row without an event
-- if there is none.
CREATE FUNCTION trifold.page(p_after bigint, p_limit integer, p_bytes bigint)
RETURNS TABLE (
  epoch uuid, head bigint, oldest bigint, id_before uuid,
  "position" bigint, id uuid, host text, incarnation uuid, producer_sequence bigint, base_version bigint,
  replaced bigint, path bytea, content_key bytea, payload bytea, signature bytea, appended_at timestamptz,
  kind smallint, verdict smallint, yielded_to bigint, change_set uuid)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
    SELECT f.epoch, h.position, h.oldest, (SELECT a.id FROM trifold.event a WHERE a.position = p_after),
           e.position, e.id, e.host, e.incarnation, e.producer_sequence, e.base_version, e.replaced, e.path,
           e.content_key, e.payload, e.signature, e.appended_at, e.kind, e.verdict, e.yielded_to, e.change_set
    FROM trifold.farm f CROSS JOIN trifold.log_head h
    LEFT JOIN LATERAL (
      SELECT * FROM (
        SELECT p.*, sum(octet_length(p.payload)) OVER (ORDER BY p.position)
                    - octet_length(p.payload) AS bytes_before
        FROM trifold.event p WHERE p.position > p_after ORDER BY p.position LIMIT p_limit) w
      WHERE w.bytes_before < p_bytes) e ON true;
END $$;
