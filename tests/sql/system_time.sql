-- A table as it was: FOR SYSTEM_TIME AS OF, FROM ... TO, BETWEEN ... AND, ALL.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE notes (id TEXT PRIMARY KEY, user_id INT OWNED_BY users(id), body TEXT);
CREATE TABLE moments (n INT PRIMARY KEY, t TIMESTAMPTZ) WITHOUT HISTORY;
INSERT INTO moments SELECT 0, clock_timestamp();
INSERT INTO users VALUES (1, 'Alice', 'Graz'), (2, 'Bob', 'Wien');
INSERT INTO notes VALUES ('a', 1, 'first'), ('b', 2, 'second');
INSERT INTO moments SELECT 1, clock_timestamp();
UPDATE users SET city = 'Linz' WHERE id = 1;
UPDATE notes SET body = 'first, again' WHERE id = 'a';
INSERT INTO moments SELECT 2, clock_timestamp();
DELETE FROM notes WHERE id = 'b';
DELETE FROM users WHERE id = 2;
INSERT INTO moments SELECT 3, clock_timestamp();
-- at one time
SELECT id, name, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 0) ORDER BY id;
SELECT id, name, city, version, op, status FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) ORDER BY id;
SELECT u.id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 2) AS u ORDER BY u.id;
SELECT id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 3) u;
SELECT users.city FROM public.users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) WHERE id = 1;
SELECT city FROM users FOR SYSTEM_TIME AS OF now() - interval '1 day' old;
SELECT count(*) FROM users FOR SYSTEM_TIME AS OF 'infinity';
SELECT count(*) FROM users FOR SYSTEM_TIME AS OF NULL;
SELECT id, city FROM users FOR SYSTEM_TIME AS OF now() AT TIME ZONE 'UTC' AT TIME ZONE 'UTC' AS now_in_utc;
-- one row by its key: only its versions are read
SELECT city, version FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) AS u WHERE u.id = 1 AND name = 'Alice';
SELECT body FROM notes FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 2) WHERE id = 'a';
SELECT body FROM notes FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 3) WHERE 'b' = id;
SELECT body, op, version FROM allod.history('notes') WHERE id = 'b' ORDER BY version;
SELECT count(*) FROM users FOR SYSTEM_TIME ALL WHERE id = 7;
-- from one time to another
SELECT id, city, version FROM users FOR SYSTEM_TIME FROM (SELECT t FROM moments WHERE n = 1) TO (SELECT t FROM moments WHERE n = 2) ORDER BY id, version;
SELECT id, city, version FROM users FOR SYSTEM_TIME FROM (SELECT t FROM moments WHERE n = 2) TO now() + interval '1 hour' AS u ORDER BY id, version;
SELECT id, city, version FROM users FOR SYSTEM_TIME BETWEEN (SELECT t FROM moments WHERE n = 2) AND (SELECT t FROM moments WHERE n = 3) u WHERE id = 1;
SELECT count(*) FROM users FOR SYSTEM_TIME FROM (SELECT t FROM moments WHERE n = 2) TO (SELECT t FROM moments WHERE n = 2);
SELECT count(*) FROM users FOR SYSTEM_TIME BETWEEN (SELECT t FROM moments WHERE n = 2) AND (SELECT t FROM moments WHERE n = 2);
SELECT count(*) FROM users FOR SYSTEM_TIME FROM now() TO (SELECT t FROM moments WHERE n = 1);
SELECT id, city, op, version, row_end IS NULL AS open FROM users FOR SYSTEM_TIME ALL ORDER BY id, version;
-- with other tables, in a view, in a prepared statement, with a parameter
SELECT n.id, n.body, u.city FROM notes FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) AS n
  JOIN users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) AS u ON u.id = n.user_id ORDER BY n.id;
SELECT before.id, before.city, after.city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) AS before LEFT JOIN users AS after USING (id) ORDER BY id;
WITH old AS (SELECT * FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1)) SELECT count(*) FROM old;
CREATE VIEW once AS SELECT id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1);
SELECT * FROM once ORDER BY id;
PREPARE city_of (INT, TIMESTAMPTZ) AS SELECT city FROM users FOR SYSTEM_TIME AS OF $2 WHERE id = $1;
EXECUTE city_of (1, now());
EXECUTE city_of (2, now());
-- the difference between two times
SELECT id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 2) EXCEPT
SELECT id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1);
-- a row comes back
INSERT INTO users (id, name, city) SELECT id, name, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, city = EXCLUDED.city;
SELECT id, name, city FROM users ORDER BY id;
SELECT id, city, op, version FROM allod.history('users') ORDER BY id, version;
-- what a transaction has not committed was at no time
BEGIN;
UPDATE users SET city = 'Bern' WHERE id = 1;
UPDATE users SET city = 'Rom' WHERE id = 1;
INSERT INTO users VALUES (3, 'Carol', 'Prag');
SELECT id, city FROM users FOR SYSTEM_TIME AS OF now() + interval '1 hour' ORDER BY id;
COMMIT;
-- nor what lasted no time; it is told by ALL
INSERT INTO moments SELECT 4, clock_timestamp();
SELECT id, city FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 4) ORDER BY id;
SELECT count(*) FROM users FOR SYSTEM_TIME BETWEEN (SELECT t FROM moments WHERE n = 3) AND now() + interval '1 hour' AS u WHERE city = 'Bern';
SELECT count(*) FROM users FOR SYSTEM_TIME ALL WHERE city = 'Bern';
-- what was forgotten is told to have been there
GDPR FORGET users 2;
SELECT id, city, version, status FROM users FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 1) ORDER BY id;
SELECT count(*) FROM users FOR SYSTEM_TIME ALL WHERE id = 2;
-- without a primary key
CREATE TABLE loose (a INT, b TEXT);
INSERT INTO loose VALUES (1, 'x');
INSERT INTO moments SELECT 5, clock_timestamp();
UPDATE loose SET b = 'y';
SELECT b FROM loose FOR SYSTEM_TIME AS OF (SELECT t FROM moments WHERE n = 5) WHERE a = 1;
-- names that need quotes
CREATE TABLE "My ""Table" (id INT PRIMARY KEY, "Value" TEXT);
INSERT INTO "My ""Table" VALUES (1, 'it''s');
SELECT "Value" FROM "My ""Table" FOR SYSTEM_TIME AS OF now() + interval '1 hour' WHERE id = 1;
-- what is refused
SELECT 1 FROM users FOR SYSTEM_TIME LAST;
SELECT 1 FROM users FOR SYSTEM_TIME AS OF WHERE true;
SELECT 1 FROM users FOR SYSTEM_TIME FROM now() WHERE true;
SELECT 1 FROM FOR SYSTEM_TIME ALL;
SELECT 1 FROM nosuch FOR SYSTEM_TIME ALL;
SELECT 1 FROM moments FOR SYSTEM_TIME ALL;
SELECT 1 FROM once FOR SYSTEM_TIME ALL;
SELECT nothing FROM users FOR SYSTEM_TIME AS OF now() AS h;
SELECT 1 FROM users FOR SYSTEM_TIME AS OF 'yesterdya';
SELECT 1 FROM users FOR SYSTEM_TIME AS OF 7;
SELECT 1 FROM moments AS m, users FOR SYSTEM_TIME AS OF m.t AS h;
UPDATE users FOR SYSTEM_TIME ALL SET city = 'x';
