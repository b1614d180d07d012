-- An append's statements are planned once in a session. Each looks up rows by key, whatever the numbers are: a plan
-- made anew for them is the same plan, and to make it, over all partitions and their indexes, took several times as
-- long as to carry it out.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT p.oid FROM pg_proc p
      WHERE p.pronamespace = 'trifold'::regnamespace
        AND p.proname IN ('append', 'on_timeline', 'giving_way', 'partition_ahead')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END $$;
