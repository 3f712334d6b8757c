-- History: allod.history, allod.origin, allod.transactions, WITHOUT HISTORY, and what GDPR FORGET leaves.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT, score NUMERIC(10,2));
INSERT INTO users VALUES (1, 'ann', 1.50), (2, 'bob', 2);
UPDATE users SET name = 'anna' WHERE id = 1;
UPDATE users SET name = 'anna' WHERE id = 1;
UPDATE users SET score = score + 1;
DELETE FROM users WHERE id = 2;
SELECT id, name, score, tx, op, version, status FROM allod.history('users') ORDER BY tx, id;
SELECT tx, role, subject, purpose, grant_id, changes FROM allod.transactions ORDER BY tx;
SELECT h.row_start <= h.row_end AS ordered, h.row_end IS NULL AS open FROM allod.history('users') AS h WHERE id = 1 ORDER BY version;
-- a transaction's own, before it is committed
BEGIN;
INSERT INTO users VALUES (3, 'cecil', 3);
SAVEPOINT a;
UPDATE users SET name = 'cora' WHERE id = 3;
ROLLBACK TO a;
UPDATE users SET name = 'clara' WHERE id = 3;
SELECT name, version, row_start, status FROM allod.history('users') WHERE id = 3 ORDER BY version;
COMMIT;
SELECT name, version, status FROM allod.history('users') WHERE id = 3 ORDER BY version;
BEGIN;
UPDATE users SET name = 'gone' WHERE id = 3;
ROLLBACK;
SELECT max(version) FROM allod.history('users') WHERE id = 3;
-- a statement that fails leaves nothing
INSERT INTO users VALUES (4, 'dan', 4), (1, 'again', 4);
SELECT count(*) FROM allod.history('users') WHERE id = 4;
-- who, on whose behalf, what for, with whose permission
SET allod.data_subject = 'users 1';
SET allod.purpose = 'support';
BEGIN;
SET LOCAL allod.grant_id = 'g-17';
UPDATE users SET score = 10 WHERE id = 1;
COMMIT;
RESET allod.data_subject;
RESET allod.purpose;
SELECT op, version, role, subject, purpose, grant_id FROM allod.origin('users', 1);
SELECT op, version, role, subject, purpose, grant_id FROM allod.origin('users', 1, 'name');
SELECT op, version FROM allod.origin('users', 1, 'id');
SELECT op, version FROM allod.origin('users', 2);
SELECT op, version FROM allod.origin('users', 2, 'name');
SELECT op FROM allod.origin('users', 99);
SELECT committed >= began FROM allod.origin('users', 1);
SELECT u.id, h.version FROM users u JOIN allod.history('users') h ON h.id = u.id WHERE h.status = 'current' ORDER BY u.id;
-- another key is another row
UPDATE users SET id = 30 WHERE id = 3;
SELECT id, name, op, version, status FROM allod.history('users') WHERE id IN (3, 30) ORDER BY tx, version, id, status, op;
-- cascades
CREATE TABLE notes (id SERIAL PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id) ON DELETE CASCADE, body TEXT);
INSERT INTO notes (user_id, body) VALUES (1, 'first'), (30, 'second'), (30, 'third');
DELETE FROM users WHERE id = 30;
SELECT id, user_id, body, op, status FROM allod.history('notes') ORDER BY id, version;
-- without a primary key
CREATE TABLE log (at INT, what TEXT);
INSERT INTO log VALUES (1, 'a'), (1, 'a');
UPDATE log SET what = 'b' WHERE at = 1;
SELECT at, what, op, version, status FROM allod.history('log') ORDER BY what, version;
SELECT * FROM allod.origin('log', 1);
-- definitions: a new column, another type, a column that is gone
ALTER TABLE notes ADD COLUMN stars INT DEFAULT 5;
UPDATE notes SET body = 'one' WHERE id = 1;
ALTER TABLE notes ALTER COLUMN body TYPE VARCHAR(20);
ALTER TABLE notes ALTER COLUMN stars TYPE TEXT;
SELECT id, body, stars, op, version, status FROM allod.history('notes') WHERE id = 1 ORDER BY version;
ALTER TABLE notes ADD COLUMN a INT DEFAULT 1, DROP COLUMN stars;
UPDATE notes SET a = 2;
SELECT id, body, a, op, version, status FROM allod.history('notes') WHERE id = 1 ORDER BY version;
TRUNCATE notes;
SELECT id, op, status FROM allod.history('notes') WHERE op = 'delete' ORDER BY id;
-- COPY
CREATE TABLE numbers (n INT PRIMARY KEY);
COPY numbers FROM STDIN;
1
2
3
\.
SELECT n, op, version, status FROM allod.history('numbers') ORDER BY n;
INSERT INTO numbers SELECT g FROM generate_series(4, 1003) AS g;
SELECT count(*), count(DISTINCT tx) FROM allod.history('numbers');
INSERT INTO numbers VALUES (1) ON CONFLICT (n) DO UPDATE SET n = 2000;
SELECT n, op, status FROM allod.history('numbers') WHERE n IN (1, 2000) ORDER BY tx, n;
-- opting out
CREATE TABLE hits (n INT PRIMARY KEY) WITHOUT HISTORY;
INSERT INTO hits VALUES (1);
SELECT * FROM allod.history('hits');
EXPLAIN COMPLIANCE;
ALTER TABLE hits SET WITH HISTORY;
UPDATE hits SET n = 2;
INSERT INTO hits VALUES (3);
SELECT n, op, version, status FROM allod.history('hits') ORDER BY n;
ALTER TABLE hits SET WITHOUT HISTORY;
ALTER TABLE hits SET WITH HISTORY;
SELECT n, op, version, status FROM allod.history('hits') ORDER BY status, op;
ALTER TABLE hits SET WITH HISTORY, SET DATA_SUBJECT;
CREATE TABLE copied WITHOUT HISTORY AS SELECT n FROM numbers WHERE n < 3;
SELECT count(*) FROM allod.history('copied');
ALTER TABLE hits SET WITH FISTORY;
DROP TABLE copied;
-- what is refused
SELECT * FROM allod.history('nosuch');
SELECT * FROM allod.history(1);
SELECT * FROM allod.history('users', 1);
SELECT * FROM allod.origin('users');
SELECT * FROM allod.origin('users', 1, 'nosuch');
SELECT * FROM allod.origin('users', 'x');
INSERT INTO allod.transactions VALUES (1);
SELECT allod.history('users');
SET search_path = public;
-- forgetting: ann, what she owned, and what she owned once
DROP TABLE notes, numbers, log, hits;
CREATE TABLE groups (id INT PRIMARY KEY, title TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), group_id INT OWNS groups(id));
CREATE TABLE posts (id INT PRIMARY KEY, group_id INT NOT NULL OWNED_BY groups(id), body TEXT);
INSERT INTO users VALUES (2, 'ben', 0);
BEGIN;
INSERT INTO groups VALUES (1, 'ann alone'), (2, 'both'), (3, 'dissolved');
INSERT INTO members VALUES (1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 1, 3);
INSERT INTO posts VALUES (1, 1, 'in 1'), (2, 2, 'in 2'), (3, 3, 'in 3');
COMMIT;
BEGIN;
DELETE FROM posts WHERE id = 3;
DELETE FROM members WHERE id = 4;
DELETE FROM groups WHERE id = 3;
COMMIT;
GDPR FORGET users 1;
SELECT id, name, op, status FROM allod.history('users') ORDER BY tx, version, id, status, op;
SELECT id, title, op, status FROM allod.history('groups') ORDER BY tx, version, id, status, op;
SELECT id, user_id, group_id, op, status FROM allod.history('members') ORDER BY tx, version, id, status, op;
SELECT id, body, op, status FROM allod.history('posts') ORDER BY tx, version, id, status, op;
SELECT count(*) FROM allod.transactions WHERE subject IS NOT NULL;
-- ben goes by himself, and is forgotten later
BEGIN;
DELETE FROM posts;
DELETE FROM members;
DELETE FROM groups;
DELETE FROM users WHERE id = 2;
COMMIT;
SELECT id, title, op, status FROM allod.history('groups') WHERE title IS NOT NULL ORDER BY version;
GDPR FORGET users 2;
SELECT count(*) FROM allod.history('groups') WHERE title IS NOT NULL;
SELECT count(*) FROM allod.history('posts') WHERE body IS NOT NULL;
SELECT id, name, op, status FROM allod.history('users') WHERE id IS NOT NULL ORDER BY version, id;
