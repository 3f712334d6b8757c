-- Every annotation, as a column's and as a table's constraint, and what follows from it.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE groups (id INT PRIMARY KEY, title TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), group_id INT OWNS groups(id));
CREATE TABLE posts (
  id INT PRIMARY KEY,
  author INT NOT NULL,
  reader INT,
  FOREIGN KEY (author) OWNED_BY users(id) ON DELETE CASCADE,
  CONSTRAINT reading FOREIGN KEY (reader) ACCESSED_BY users(id)
);
CREATE TABLE topics (id INT PRIMARY KEY, label TEXT);
CREATE TABLE subscriptions (id INT PRIMARY KEY, user_id INT OWNED_BY users, topic_id INT ACCESSES topics(id));
-- An annotation is a foreign key.
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO topics VALUES (1, 'news');
INSERT INTO subscriptions VALUES (1, 1, 1);
SELECT conname, contype, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE contype = 'f' ORDER BY conname;
-- An unannotated key to an owned table: the only one owns.
CREATE TABLE notes (id INT PRIMARY KEY, user_id INT REFERENCES users(id), body TEXT);
INSERT INTO notes VALUES (1, NULL, 'nobody''s');
INSERT INTO notes VALUES (1, 1, 'hers');
-- Two of them: which one?
CREATE TABLE messages (id INT PRIMARY KEY, sender INT REFERENCES users(id), receiver INT REFERENCES users(id));
CREATE TABLE messages (id INT PRIMARY KEY, sender INT OWNED_BY users(id), receiver INT REFERENCES users(id) ON DELETE SET NULL);
INSERT INTO messages VALUES (1, NULL, 2);
INSERT INTO messages VALUES (1, 1, 2);
-- REFERENCES ONLY says nothing about ownership.
CREATE TABLE audit (id INT PRIMARY KEY, user_id INT REFERENCES ONLY users(id) ON DELETE SET NULL);
INSERT INTO audit VALUES (1, NULL), (2, 1);
-- An unannotated key to a table that nobody owns is an ordinary one.
CREATE TABLE items (id INT PRIMARY KEY, topic_id INT REFERENCES topics(id));
INSERT INTO items VALUES (1, NULL), (2, 1);
-- Composite keys.
CREATE DATA_SUBJECT TABLE accounts (bank INT, nr INT, holder TEXT, PRIMARY KEY (bank, nr));
CREATE TABLE bookings (id INT PRIMARY KEY, bank INT, nr INT, amount NUMERIC(10,2), FOREIGN KEY (bank, nr) OWNED_BY accounts(bank, nr));
INSERT INTO accounts VALUES (1, 1, 'ann');
INSERT INTO bookings VALUES (1, 1, 1, 9.99);
INSERT INTO bookings VALUES (2, 1, NULL, 5);
INSERT INTO bookings VALUES (2, 1, 2, 5);
-- Self-references and cycles.
CREATE TABLE comments (id INT PRIMARY KEY, author INT OWNED_BY users(id), parent INT OWNED_BY comments(id));
INSERT INTO comments VALUES (1, 1, NULL);
INSERT INTO comments VALUES (2, NULL, 1), (3, NULL, 2);
INSERT INTO comments VALUES (4, NULL, 4);
-- A mixed path gives access, never ownership.
CREATE TABLE post_files (id INT PRIMARY KEY, topic_id INT OWNED_BY topics(id));
INSERT INTO post_files VALUES (1, 1);
EXPLAIN COMPLIANCE;
-- Mistakes.
CREATE TABLE wrong (id INT PRIMARY KEY, a INT OWNED_BY nosuch(id));
CREATE TABLE wrong (id INT PRIMARY KEY, a INT OWNED_BY users(name));
CREATE TABLE wrong (id INT PRIMARY KEY, a TEXT OWNED_BY users(id));
CREATE TABLE wrong (id INT PRIMARY KEY, a INT OWNED_BY users(id) ON DEL);
CREATE TABLE wrong (id INT PRIMARY KEY, FOREIGN KEY (a) OWNED_BY users(id));
CREATE DATA_SUBJECT TABLE wrong (id INT);
CREATE DATA_SUBJECT VIEW wrong AS SELECT 1;
-- The words are names where names stand.
CREATE TABLE owns (owned_by INT, accesses INT, data_subject INT, gdpr INT);
INSERT INTO owns VALUES (1, 2, 3, 4);
SELECT owned_by, accesses, data_subject, gdpr FROM owns;
