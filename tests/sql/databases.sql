-- What PostgreSQL runs outside of transactions only.
CREATE DATABASE other_one;
SELECT datname FROM pg_database WHERE datname = 'other_one';
CREATE DATABASE other_one;
BEGIN;
CREATE DATABASE other_two;
ROLLBACK;
BEGIN;
DROP DATABASE other_one;
ROLLBACK;
DROP DATABASE other_one;
SELECT datname FROM pg_database WHERE datname = 'other_one';
DROP DATABASE other_one;
DROP DATABASE IF EXISTS other_one;
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 2);
CREATE INDEX CONCURRENTLY t_a ON t (a);
VACUUM t;
-- What came after is as careful as before.
SELECT nextval('nosuch');
INSERT INTO t VALUES (2, 3);
SELECT count(*) FROM t;
