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
