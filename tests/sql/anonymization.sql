-- ON GET and ON DEL: what is shown, and what stays.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE messages (
  id INT PRIMARY KEY,
  sender INT,
  receiver INT,
  body TEXT,
  ip TEXT,
  FOREIGN KEY (sender) OWNED_BY users(id),
  FOREIGN KEY (receiver) OWNED_BY users(id),
  ON GET receiver ANON (ip),
  ON DEL sender ANON (sender, ip),
  ON DEL receiver ANON (receiver)
);
CREATE TABLE logs (
  id INT PRIMARY KEY,
  owner INT OWNED_BY users(id),
  viewer INT ACCESSED_BY users(id),
  what TEXT,
  ON GET viewer DELETE_ROW,
  ON DEL viewer DELETE_ROW
);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'cid');
INSERT INTO messages VALUES (1, 1, 2, 'hello', '10.0.0.1'), (2, 2, 1, 'hi', '10.0.0.2'), (3, 1, 1, 'note to self', '10.0.0.1'), (4, 3, 2, 'yo', '10.0.0.3');
INSERT INTO logs VALUES (1, 1, 2, 'seen by bob'), (2, 2, 1, 'seen by ann'), (3, 3, NULL, 'cid''s own');
-- only: simple
GDPR GET users 2;
-- only: extended
GDPR GET users 2;
EXPLAIN GDPR GET users 2;
EXPLAIN GDPR FORGET users 2;
SELECT count(*) FROM messages;
GDPR FORGET users 2;
SELECT * FROM users ORDER BY id;
SELECT * FROM messages ORDER BY id;
SELECT * FROM logs ORDER BY id;
GDPR FORGET users 1;
SELECT * FROM messages ORDER BY id;
SELECT * FROM logs ORDER BY id;
-- What a rule may not do.
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), ON DEL u ANON (id));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), w INT OWNED_BY users(id), ON DEL u ANON (w));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), ON DEL nosuch ANON (u));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), x TEXT, ON DEL x ANON (u));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), x TEXT, ON DEL u ANON (nosuch));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), x TEXT NOT NULL, ON DEL u ANON (x));
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), ON DEL u ANON ());
CREATE TABLE wrong (id INT PRIMARY KEY, u INT OWNED_BY users(id), ON DEL u SOMETHING);
-- A row that is reached by OWNS: the column is written table(column), once that table is there.
CREATE TABLE chats (id INT PRIMARY KEY, title TEXT, ON GET members(chat_id) ANON (title));
CREATE TABLE chats (id INT PRIMARY KEY, title TEXT, topic TEXT);
CREATE TABLE members (id INT PRIMARY KEY, user_id INT OWNED_BY users(id), chat_id INT OWNS chats(id));
ALTER TABLE chats ADD ON GET members(chat_id) ANON (title);
ALTER TABLE chats ADD ON DEL members(chat_id) ANON (topic);
INSERT INTO users VALUES (4, 'dee');
BEGIN;
INSERT INTO chats VALUES (1, 'title', 'topic');
INSERT INTO members VALUES (1, 3, 1), (2, 4, 1);
COMMIT;
-- only: simple
GDPR GET users 4;
-- only: extended
GDPR GET users 4;
GDPR FORGET users 4;
SELECT * FROM chats;
GDPR FORGET users 3;
SELECT * FROM chats;
