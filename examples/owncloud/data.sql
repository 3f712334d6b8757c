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
