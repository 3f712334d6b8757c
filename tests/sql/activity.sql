-- Who is connected, and what they do and wait for.
CREATE TABLE t (id int PRIMARY KEY);
SET application_name = 'first';
SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid();
-- connection: b
SET application_name = 'second';
BEGIN;
INSERT INTO t VALUES (1);
-- connection: c
SET application_name = 'third';
BEGIN;
SELECT 1 / 0;
-- connection: d
SET application_name = 'fourth';
-- send
INSERT INTO t VALUES (2);
-- connection: main
SELECT application_name, datname, usename, state, wait_event_type, wait_event, rtrim(query, ';') AS query, backend_type, xact_start IS NOT NULL AS in_transaction,
  backend_start <= state_change AS began_before, query_start <= state_change AS idle_since
  FROM pg_stat_activity ORDER BY application_name;
-- connection: b
COMMIT;
-- receive: d
-- connection: c
ROLLBACK;
-- connection: main
SELECT application_name, state, xact_start FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY application_name;
