-- A transaction cannot end with a row of an owned table that nobody owns.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE groups (id INT PRIMARY KEY, title TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), group_id INT OWNS groups(id));
CREATE TABLE docs (id INT PRIMARY KEY, group_id INT OWNED_BY groups(id), body TEXT);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO groups VALUES (1, 'alone');
INSERT INTO members VALUES (1, NULL, NULL);
SELECT (SELECT count(*) FROM groups) AS groups, (SELECT count(*) FROM members) AS members;
BEGIN;
INSERT INTO groups VALUES (1, 'reading');
INSERT INTO members VALUES (1, 1, 1), (2, 2, 1);
COMMIT;
INSERT INTO docs VALUES (1, 1, 'minutes');
INSERT INTO docs VALUES (2, NULL, 'nobody''s');
UPDATE docs SET group_id = NULL WHERE id = 1;
-- One of two owners may go; the last may not.
DELETE FROM members WHERE id = 1;
DELETE FROM members WHERE id = 2;
UPDATE members SET group_id = NULL WHERE id = 2;
SELECT * FROM members ORDER BY id;
-- Within a transaction an owner may be missing for a while.
BEGIN;
DELETE FROM members WHERE id = 2;
INSERT INTO members VALUES (3, 1, 1);
COMMIT;
SELECT * FROM members ORDER BY id;
-- The message names the rows, ten at most.
BEGIN;
INSERT INTO groups SELECT n, 'group ' || n FROM generate_series(10, 22) AS n;
COMMIT;
SELECT count(*) FROM groups;
-- Everything of the transaction is rolled back.
BEGIN;
INSERT INTO users VALUES (3, 'cid');
INSERT INTO groups VALUES (3, 'orphan');
COMMIT;
SELECT count(*) FROM users;
-- A savepoint undoes the cause.
BEGIN;
INSERT INTO users VALUES (3, 'cid');
SAVEPOINT s;
INSERT INTO groups VALUES (3, 'orphan');
ROLLBACK TO s;
COMMIT;
SELECT count(*) FROM users;
-- An owner that is itself not owned gives nothing.
BEGIN;
INSERT INTO groups VALUES (4, 'no member');
INSERT INTO docs VALUES (4, 4, 'doc of an orphan');
COMMIT;
-- A cascade leaves no orphan behind either.
CREATE TABLE folders (id INT PRIMARY KEY, user_id INT OWNED_BY users(id) ON DELETE SET NULL);
INSERT INTO folders VALUES (1, 3);
DELETE FROM users WHERE id = 3;
DELETE FROM folders;
DELETE FROM users WHERE id = 3;
-- Two sessions that each remove one of the last two members cannot both commit.
INSERT INTO members VALUES (4, 2, 1);
BEGIN;
DELETE FROM members WHERE id = 3;
-- connection: b
-- send
DELETE FROM members WHERE id = 4;
-- connection: main
COMMIT;
-- receive: b
-- connection: main
SELECT id FROM members ORDER BY id;
