-- CTX, AUTO_CTX, EXPLAIN COMPLIANCE.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE groups (id INT PRIMARY KEY, title TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), group_id INT OWNS groups(id));
CREATE TABLE contacts (id INT PRIMARY KEY, email TEXT, phone TEXT);
CREATE TABLE notes (id INT PRIMARY KEY, user_id INT NOT NULL REFERENCES users(id) ON DELETE CASCADE, body TEXT);
EXPLAIN COMPLIANCE;
EXPLAIN (ANALYZE) COMPLIANCE;
CTX START;
INSERT INTO users VALUES (1, 'ann');
INSERT INTO groups VALUES (1, 'first');
INSERT INTO members VALUES (1, 1, 1);
CTX COMMIT;
CTX START;
INSERT INTO groups VALUES (2, 'second');
CTX COMMIT;
CTX START;
INSERT INTO users VALUES (2, 'bob');
CTX ROLLBACK;
SELECT * FROM users;
SELECT * FROM groups;
CTX COMMIT;
CTX NOSUCH;
-- connection: auto
SET AUTO_CTX;
INSERT INTO groups VALUES (3, 'third');
INSERT INTO members VALUES (3, 1, 3);
-- disconnect: auto
-- connection: main
SELECT id FROM groups ORDER BY id;
-- connection: lost
SET AUTO_CTX;
INSERT INTO users VALUES (9, 'nobody');
-- drop: lost
-- connection: main
-- sleep: 200
SELECT id FROM users ORDER BY id;
-- connection: orphaning
SET AUTO_CTX;
INSERT INTO groups VALUES (4, 'fourth');
-- disconnect: orphaning
-- connection: main
-- sleep: 100
SELECT id FROM groups ORDER BY id;
