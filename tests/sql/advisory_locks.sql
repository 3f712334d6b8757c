-- Advisory locks.
SELECT pg_advisory_lock(1);
SELECT pg_try_advisory_lock(1) AS again, pg_try_advisory_lock(2, 3) AS two;
SELECT pg_advisory_lock_shared(4);
SELECT pg_advisory_lock(-1);
SELECT locktype, classid, objid, objsubid, mode, granted FROM pg_locks ORDER BY classid, objid;
-- connection: b
SELECT pg_try_advisory_lock(1) AS one, pg_try_advisory_lock_shared(1) AS shared, pg_try_advisory_lock(4) AS four,
  pg_try_advisory_lock_shared(4) AS four_shared;
SELECT pg_advisory_unlock_shared(4);
SELECT pg_advisory_unlock(1);
SET lock_timeout = '200ms';
SELECT pg_advisory_lock(1);
RESET lock_timeout;
-- send
SELECT pg_advisory_lock(1), 'granted' AS state;
-- connection: main
SELECT count(*) FROM pg_locks WHERE NOT granted;
SELECT pg_advisory_unlock(1);
SELECT 'still mine, twice taken' AS state, pg_advisory_unlock(1);
-- receive: b
SELECT pg_try_advisory_lock(1) AS mine;
-- of a transaction
BEGIN;
SELECT pg_advisory_xact_lock(10);
SAVEPOINT s;
SELECT pg_advisory_xact_lock(11);
ROLLBACK TO s;
-- connection: b
SELECT pg_try_advisory_lock(10) AS ten, pg_try_advisory_lock(11) AS eleven;
SELECT pg_advisory_unlock(11), pg_advisory_unlock(1);
-- connection: main
COMMIT;
SELECT pg_advisory_unlock(10);
-- connection: b
SELECT pg_try_advisory_xact_lock(10) AS ten;
-- deadlock
SELECT pg_advisory_lock(20);
-- connection: main
SELECT pg_advisory_lock(21);
-- send
SELECT pg_advisory_lock(20), 'granted' AS state;
-- connection: b
SELECT pg_advisory_lock(21);
SELECT pg_advisory_unlock(20);
-- receive: main
-- the writer's turn is part of it
-- connection: main
CREATE TABLE w (a int);
BEGIN;
INSERT INTO w VALUES (1);
-- connection: b
SELECT pg_advisory_lock(30);
-- send
INSERT INTO w VALUES (2);
-- connection: main
SELECT pg_advisory_lock(30);
ROLLBACK;
-- receive: b
SELECT pg_advisory_unlock_all();
-- connection: b
SELECT pg_advisory_unlock_all();
SELECT count(*) FROM pg_locks;
-- the end of a session gives back
SELECT pg_advisory_lock(40);
-- disconnect: b
-- connection: main
SELECT pg_try_advisory_lock(40) AS free;
-- a statement that waits in the middle of its rows takes no lock twice
CREATE TABLE keys (k int PRIMARY KEY);
INSERT INTO keys VALUES (50), (51), (52);
-- connection: c
SELECT pg_advisory_lock(51);
-- connection: main
-- send
SELECT k, pg_advisory_lock(k) FROM keys ORDER BY k;
-- connection: c
SELECT pg_advisory_unlock(51);
-- receive: main
-- connection: main
SELECT pg_advisory_unlock(50) AS once, pg_advisory_unlock(51) AS once51, pg_advisory_unlock(52) AS once52;
SELECT pg_advisory_unlock(50) AS twice;
