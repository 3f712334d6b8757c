-- The ownCloud example, step by step: the schema, the data, and what the annotations do.
-- Users, groups and shared files: who owns a row is what the foreign keys say.
CREATE DATA_SUBJECT TABLE users (
  id INT,
  name TEXT,
  PRIMARY KEY (id)
);

CREATE TABLE usergroups (
  id INT,
  name TEXT,
  PRIMARY KEY (id)
);

-- A membership is its user's; through it the user co-owns the group.
CREATE TABLE members (
  id INT,
  user_id INT,
  group_id INT,
  PRIMARY KEY (id),
  FOREIGN KEY (user_id) OWNED_BY users(id),
  FOREIGN KEY (group_id) OWNS usergroups(id)
);

CREATE TABLE files (
  id INT,
  path TEXT,
  PRIMARY KEY (id)
);

-- The creator owns the share and, through it, the file. Sharing gives others access only.
CREATE TABLE shares (
  id INT,
  creator INT,
  share_with_user INT,
  share_with_group INT,
  file_id INT,
  PRIMARY KEY (id),
  FOREIGN KEY (creator) OWNED_BY users(id),
  FOREIGN KEY (share_with_user) ACCESSED_BY users(id),
  FOREIGN KEY (share_with_group) ACCESSED_BY usergroups(id),
  FOREIGN KEY (file_id) OWNS files(id)
);
INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob'), (3, 'Carol');

-- A group and its first members belong together: neither may stand without the other.
CTX START;
INSERT INTO usergroups VALUES (1, 'Group 1');
INSERT INTO members VALUES (1, 1, 1), (2, 3, 1);
CTX COMMIT;

CTX START;
INSERT INTO files VALUES (1, 'holiday.jpg');
INSERT INTO shares VALUES (1, 1, NULL, NULL, 1);
CTX COMMIT;

-- Alice shares her file with Bob, and with the members of group 1.
INSERT INTO shares VALUES (2, 1, 2, NULL, 1);
INSERT INTO shares VALUES (3, 1, NULL, 1, 1);

CTX START;
INSERT INTO files VALUES (2, 'thesis.odt');
INSERT INTO shares VALUES (4, 2, NULL, NULL, 2);
CTX COMMIT;
INSERT INTO shares VALUES (5, 2, 1, NULL, 2);

-- 1. A group that nobody owns is refused outside a transaction, and nothing is left behind.
INSERT INTO usergroups VALUES (2, 'Group 2');
SELECT * FROM usergroups ORDER BY id;

-- 2. Nor may a transaction end with one.
CTX START;
INSERT INTO usergroups VALUES (2, 'Group 2');
CTX COMMIT;
SELECT * FROM usergroups ORDER BY id;

-- 3. With a member it may.
CTX START;
INSERT INTO usergroups VALUES (2, 'Group 2');
INSERT INTO members VALUES (3, 2, 2);
CTX COMMIT;

-- 4. Bob is its last member: he cannot leave it without an owner.
DELETE FROM members WHERE user_id = 2;
CTX START;
DELETE FROM members WHERE user_id = 2;
CTX ROLLBACK;
SELECT * FROM members ORDER BY id;

-- 5. Everything about Bob: his row, his groups, his files, and what was shared with him.
-- only: simple
GDPR GET users 2;
-- only: extended
GDPR GET users 2;
-- only: extended
-- params: 2
GDPR GET users $1;
EXPLAIN GDPR GET users 2;

-- 6. The same by prepared statements, with the subject as a parameter.
PREPARE files_of (int) AS SELECT f.path FROM files f JOIN shares s ON s.file_id = f.id WHERE s.creator = $1 ORDER BY f.path;
EXECUTE files_of (1);
EXECUTE files_of (2);
DEALLOCATE files_of;

-- 7. Who owns what, and why.
EXPLAIN COMPLIANCE;

-- 8. Alice is forgotten: her file goes with every record of its sharing; the group stays, it is Carol's too.
EXPLAIN GDPR FORGET users 1;
GDPR FORGET users 1;
SELECT * FROM users ORDER BY id;
SELECT * FROM members ORDER BY id;
SELECT * FROM usergroups ORDER BY id;
SELECT * FROM files ORDER BY id;
SELECT * FROM shares ORDER BY id;
-- only: simple
GDPR GET users 1;
-- only: extended
GDPR GET users 1;

-- 9. A whole session as one transaction: it commits when the client says goodbye,
-- connection: auto
SET AUTO_CTX;
INSERT INTO usergroups VALUES (3, 'Group 3');
INSERT INTO members VALUES (4, 3, 3);
-- disconnect: auto
-- connection: main
SELECT * FROM usergroups ORDER BY id;
-- and leaves nothing when it is cut off.
-- connection: lost
SET AUTO_CTX;
INSERT INTO users VALUES (9, 'nobody');
-- drop: lost
-- connection: main
-- sleep: 200
SELECT * FROM users ORDER BY id;
