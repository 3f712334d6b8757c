-- Annotations on tables that are there already.
CREATE TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE posts (id INT PRIMARY KEY, author INT REFERENCES users(id), editor INT REFERENCES users(id) ON DELETE SET NULL, body TEXT);
CREATE TABLE likes (id INT PRIMARY KEY, post_id INT REFERENCES posts(id));
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO posts VALUES (1, 1, 2, 'x'), (2, NULL, 2, 'nobody''s');
ALTER TABLE users SET DATA_SUBJECT;
ALTER TABLE posts ALTER CONSTRAINT posts_author_fkey OWNED_BY;
ALTER TABLE posts ALTER CONSTRAINT posts_editor_fkey REFERENCES ONLY;
ALTER TABLE users SET DATA_SUBJECT;
DELETE FROM posts WHERE id = 2;
ALTER TABLE users SET DATA_SUBJECT;
ALTER TABLE posts ALTER CONSTRAINT posts_author_fkey OWNED_BY;
EXPLAIN COMPLIANCE;
INSERT INTO posts VALUES (3, NULL, 1, 'orphan');
ALTER TABLE posts ALTER CONSTRAINT posts_editor_fkey ACCESSED_BY;
EXPLAIN GDPR GET users 2;
ALTER TABLE posts ADD ON GET editor ANON (body);
ALTER TABLE posts ADD ON DEL editor ANON (editor, body);
-- only: simple
GDPR GET users 2;
-- only: extended
GDPR GET users 2;
ALTER TABLE posts DROP ON GET editor;
-- only: simple
GDPR GET users 2;
-- only: extended
GDPR GET users 2;
GDPR FORGET users 2;
SELECT * FROM posts;
ALTER TABLE posts DROP ON GET editor;
ALTER TABLE posts ALTER CONSTRAINT nosuch OWNED_BY;
ALTER TABLE posts ALTER CONSTRAINT posts_pkey OWNED_BY;
ALTER TABLE posts ALTER CONSTRAINT posts_author_fkey OWNED_BY users;
ALTER TABLE posts ADD x INT, ALTER CONSTRAINT posts_author_fkey ACCESSED_BY;
ALTER TABLE nosuch SET DATA_SUBJECT;
ALTER TABLE IF EXISTS nosuch SET DATA_SUBJECT;
ALTER TABLE posts ADD COLUMN owner2 INT OWNED_BY users(id);
INSERT INTO posts (id, owner2) VALUES (5, 1);
ALTER TABLE posts DROP CONSTRAINT posts_author_fkey;
SELECT id, author FROM posts ORDER BY id;
-- Ownership can be taken back.
DELETE FROM likes;
DELETE FROM posts;
ALTER TABLE users DROP DATA_SUBJECT;
INSERT INTO posts (id, body) VALUES (9, 'free');
EXPLAIN COMPLIANCE;
