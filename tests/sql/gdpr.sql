-- GDPR GET and GDPR FORGET.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE usergroups (id INT PRIMARY KEY, name TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), group_id INT OWNS usergroups(id));
CREATE TABLE files (id INT PRIMARY KEY, path TEXT);
CREATE TABLE shares (id INT PRIMARY KEY, creator INT OWNED_BY users(id), with_user INT ACCESSED_BY users(id), with_group INT ACCESSED_BY usergroups(id), file_id INT OWNS files(id));
CREATE TABLE settings (k TEXT PRIMARY KEY, v TEXT);
INSERT INTO settings VALUES ('theme', 'dark');
BEGIN;
INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob'), (3, 'Carol');
INSERT INTO usergroups VALUES (1, 'Group 1');
INSERT INTO members VALUES (1, 1, 1), (2, 3, 1);
INSERT INTO files VALUES (1, 'a.txt'), (2, 'b.txt');
INSERT INTO shares VALUES (1, 1, NULL, NULL, 1), (2, 1, 2, NULL, 1), (3, 1, NULL, 1, 1), (4, 2, NULL, NULL, 2);
COMMIT;
-- only: simple
GDPR GET users 1;
-- only: extended
GDPR GET users 1;
-- only: simple
GDPR GET users 2;
-- only: extended
GDPR GET users 2;
-- only: simple
GDPR GET users 3;
-- only: extended
GDPR GET users 3;
EXPLAIN GDPR GET users 3;
EXPLAIN GDPR FORGET users 1;
SELECT count(*) FROM shares;
GDPR FORGET users 1;
SELECT * FROM users ORDER BY id;
SELECT * FROM members ORDER BY id;
SELECT * FROM usergroups;
SELECT * FROM files ORDER BY id;
SELECT * FROM shares ORDER BY id;
-- only: simple
GDPR GET users 1;
-- only: extended
GDPR GET users 1;
GDPR FORGET users 1;
-- only: extended
-- params: 3
EXPLAIN GDPR GET users $1;
GDPR FORGET users '3';
SELECT count(*) FROM usergroups;
-- Not within a transaction that then rolls back: nothing has happened.
BEGIN;
GDPR FORGET users 2;
ROLLBACK;
SELECT * FROM users ORDER BY id;
GDPR FORGET users 2;
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM files) AS files, (SELECT count(*) FROM shares) AS shares, (SELECT count(*) FROM settings) AS settings;
-- Composite keys and text keys.
CREATE DATA_SUBJECT TABLE people (country TEXT, nr INT, name TEXT, PRIMARY KEY (country, nr));
CREATE TABLE letters (id INT PRIMARY KEY, country TEXT, nr INT, body TEXT, FOREIGN KEY (country, nr) OWNED_BY people(country, nr));
INSERT INTO people VALUES ('de', 1, 'ann'), ('de', 2, 'bob');
INSERT INTO letters VALUES (1, 'de', 1, 'dear ann'), (2, 'de', 2, 'dear bob');
EXPLAIN GDPR GET people ('de', 1);
GDPR FORGET people ('de', 1);
SELECT * FROM letters;
-- Mistakes.
GDPR FORGET users NULL;
GDPR FORGET users 1::int;
GDPR REMEMBER users 1;
GDPR GET users 1 2;
