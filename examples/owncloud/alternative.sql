-- The other policy: whoever a file is shared with owns it too. It goes when the last of them goes.
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT);
CREATE TABLE usergroups (id INT PRIMARY KEY, name TEXT);
CREATE TABLE members (
  id INT PRIMARY KEY,
  user_id INT OWNED_BY users(id),
  group_id INT OWNS usergroups(id)
);
CREATE TABLE files (id INT PRIMARY KEY, path TEXT);
CREATE TABLE shares (
  id INT,
  creator INT,
  share_with_user INT,
  share_with_group INT,
  file_id INT,
  PRIMARY KEY (id),
  FOREIGN KEY (creator) OWNED_BY users(id),
  FOREIGN KEY (share_with_user) OWNED_BY users(id),
  FOREIGN KEY (share_with_group) OWNED_BY usergroups(id),
  FOREIGN KEY (file_id) OWNS files(id)
);

CTX START;
INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob'), (3, 'Carol');
INSERT INTO usergroups VALUES (1, 'Group 1');
INSERT INTO members VALUES (1, 3, 1);
INSERT INTO files VALUES (1, 'holiday.jpg');
INSERT INTO shares VALUES (1, 1, NULL, NULL, 1), (2, 1, 2, NULL, 1), (3, 1, NULL, 1, 1);
CTX COMMIT;

-- Alice goes; the file is Bob's and Carol's as well, and stays.
GDPR FORGET users 1;
SELECT * FROM files;
SELECT * FROM shares ORDER BY id;

-- Carol holds it through her group.
GDPR FORGET users 2;
SELECT * FROM files;

-- With the last owner it goes.
GDPR FORGET users 3;
SELECT * FROM files;
SELECT * FROM usergroups;
SELECT * FROM shares;
