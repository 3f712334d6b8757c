-- A schema under which an erasure could only fail is refused before there is data.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
-- The row survives, for it is another's, but its key cannot become NULL.
CREATE TABLE messages (id INT PRIMARY KEY, sender INT NOT NULL OWNED_BY users(id), receiver INT NOT NULL OWNED_BY users(id));
CREATE TABLE reads (id INT PRIMARY KEY, owner INT NOT NULL OWNED_BY users(id), viewer INT NOT NULL ACCESSED_BY users(id));
CREATE TABLE audit (id INT PRIMARY KEY, user_id INT NOT NULL REFERENCES ONLY users(id));
-- What helps: a nullable key, an action, or a rule.
CREATE TABLE messages (id INT PRIMARY KEY, sender INT OWNED_BY users(id), receiver INT OWNED_BY users(id));
CREATE TABLE audit (id INT PRIMARY KEY, user_id INT NOT NULL REFERENCES ONLY users(id) ON DELETE CASCADE);
CREATE TABLE reads (id INT PRIMARY KEY, owner INT NOT NULL OWNED_BY users(id), viewer INT NOT NULL ACCESSED_BY users(id), ON DEL viewer DELETE_ROW);
-- One owner that is NOT NULL: the row goes with the owner.
CREATE TABLE notes (id INT PRIMARY KEY, owner INT NOT NULL OWNED_BY users(id));
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO notes VALUES (1, 1);
INSERT INTO audit VALUES (1, 1), (2, 2);
INSERT INTO reads VALUES (1, 1, 2), (2, 2, 1);
INSERT INTO messages VALUES (1, 1, 2);
GDPR FORGET users 1;
SELECT * FROM notes;
SELECT * FROM audit;
SELECT * FROM reads;
SELECT * FROM messages;
-- The same is asked when a schema changes.
ALTER TABLE messages ALTER receiver SET NOT NULL;
CREATE TABLE tags (id INT PRIMARY KEY, message_id INT NOT NULL REFERENCES ONLY messages(id));
CREATE TABLE tags (id INT PRIMARY KEY, message_id INT NOT NULL REFERENCES ONLY messages(id) ON DELETE CASCADE);
INSERT INTO tags VALUES (1, 1);
GDPR FORGET users 2;
SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM tags) AS tags;
