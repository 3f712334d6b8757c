-- COPY in its formats, both ways, with PostgreSQL's errors.
CREATE TABLE t (a int, b text, c numeric(6,2) DEFAULT 1.5);
COPY t FROM STDIN;
1	one	1.00
2	\N	\N
3	tab\tnewline\nback\\slash	3
4		4.125
\.
COPY t (b, a) FROM STDIN;
five	5
s\x69x\041	6
\.
SELECT * FROM t ORDER BY a;
COPY t TO STDOUT;
COPY t (c, a) TO STDOUT (DELIMITER '|', NULL '(none)', HEADER);
COPY t TO STDOUT (FORMAT csv, HEADER);
COPY t TO STDOUT WITH CSV DELIMITER ';' QUOTE '''' FORCE QUOTE b;
COPY (SELECT a, b FROM t WHERE a < 3 ORDER BY a DESC) TO STDOUT;
COPY (VALUES ('a "quoted" word', 'x,y'), ('', NULL), ('two
lines', '\.')) TO STDOUT CSV;
COPY (UPDATE t SET b = upper(b) WHERE a = 1 RETURNING a, b) TO STDOUT;
COPY (DELETE FROM t WHERE a > 3) TO STDOUT;
COPY (DELETE FROM t WHERE a > 3 RETURNING a) TO STDOUT;
-- CSV in: quotes, embedded newlines, empty and null, header
TRUNCATE t;
COPY t FROM STDIN (FORMAT csv, HEADER match);
a,b,c
1,"a ""quoted"" word, and a comma",2
2,,3
3,"",4
4,"two
lines",5
\.
SELECT a, b, b IS NULL AS is_null, c FROM t ORDER BY a;
TRUNCATE t;
COPY t (a, b) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (b), NULL 'nil', DELIMITER ';', QUOTE '''', ESCAPE '\');
1;nil
nil;'it\'s'
3;'nil'
\.
SELECT a, b, c FROM t ORDER BY a;
TRUNCATE t;
COPY t (a, b) FROM STDIN (FORMAT csv, FORCE_NULL (b));
1,""
2,x
\.
SELECT a, b IS NULL AS is_null FROM t ORDER BY a;
-- errors say where; nothing stays
TRUNCATE t;
COPY t FROM STDIN;
1	x	y	z
\.
COPY t FROM STDIN;
1	ok	1
2	missing
\.
COPY t FROM STDIN;
1	ok	1
q	r	1
\.
COPY t FROM STDIN;
1	ok	123456
\.
COPY t FROM STDIN (FORMAT csv);
1,"never closed,1
\.
COPY t FROM STDIN (FORMAT csv, HEADER match);
a,c,b
\.
COPY t FROM STDIN (FORMAT csv, HEADER match);
a
\.
COPY t (b) FROM STDIN;
\xff
\.
SELECT count(*) FROM t;
ALTER TABLE t ADD CHECK (a < 5);
ALTER TABLE t ADD PRIMARY KEY (a);
COPY t (a) FROM STDIN;
1
9
\.
COPY t (a) FROM STDIN;
1
2
1
\.
COPY t (a) FROM STDIN;
1
\N
\.
SELECT count(*) FROM t;
CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY, t int REFERENCES t, at timestamptz DEFAULT '2020-01-01 00:00+00');
COPY u (t) FROM STDIN;
7
\.
COPY t (a) FROM STDIN;
1
\.
COPY u (t) FROM STDIN;
1
1
\.
COPY u FROM STDIN;
10	1	2021-02-03 04:05:06+00
\.
COPY u TO STDOUT;
-- in a transaction
BEGIN;
COPY t (a) FROM STDIN;
2
3
\.
SAVEPOINT s;
COPY t (a) FROM STDIN;
x
\.
COPY t (a) TO STDOUT;
ROLLBACK TO s;
COPY t (a) TO STDOUT;
ROLLBACK;
BEGIN READ ONLY;
COPY t FROM STDIN;
\.
ROLLBACK;
COPY t (a) TO STDOUT;
-- what is refused
COPY nothing FROM STDIN;
\.
COPY nothing TO STDOUT;
COPY t (nothing) FROM STDIN;
\.
COPY t (nothing) TO STDOUT;
COPY t (a, a) TO STDOUT;
CREATE VIEW v AS SELECT a FROM t;
COPY v TO STDOUT;
COPY v FROM STDIN;
\.
COPY (SELECT a FROM v) TO STDOUT;
COPY t TO STDOUT (FORMAT xml);
COPY t TO STDOUT (bla 1);
COPY t TO STDOUT (DELIMITER ',', DELIMITER ';');
COPY t TO STDOUT (FORMAT binary, DELIMITER ',');
COPY t TO STDOUT (FORMAT binary, NULL '');
COPY t TO STDOUT (FORMAT binary, HEADER);
COPY t TO STDOUT (DELIMITER 'ab');
COPY t TO STDOUT (DELIMITER 'a');
COPY t TO STDOUT (DELIMITER E'\n');
COPY t TO STDOUT (NULL E'\r');
COPY t TO STDOUT (QUOTE '"');
COPY t TO STDOUT (FORMAT csv, QUOTE 'ab');
COPY t TO STDOUT (FORMAT csv, QUOTE ',');
COPY t TO STDOUT (ESCAPE '"');
COPY t TO STDOUT (FORCE_QUOTE *);
COPY t TO STDOUT (FORMAT csv, FORCE_NOT_NULL (a));
COPY t TO STDOUT (FORMAT csv, FORCE_NULL (a));
COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE (nothing));
COPY t TO STDOUT (FORMAT csv, NULL ',');
COPY t TO STDOUT (FORMAT csv, NULL '"');
COPY t TO STDOUT (ENCODING 'bla');
COPY t TO STDOUT (ENCODING 'latin1');
COPY t TO STDOUT (ENCODING 'UTF8', FREEZE);
COPY t TO STDOUT (HEADER match);
COPY t TO STDOUT (HEADER 3);
-- a bulk of rows is inserted many at a time; the error still names the line
CREATE TABLE bulk (id int PRIMARY KEY);
COPY (SELECT g FROM generate_series(1, 3) AS g) TO STDOUT (HEADER);
-- owners are asked for, as with INSERT
CREATE DATA_SUBJECT TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE notes (id int PRIMARY KEY, person int OWNED_BY people(id), body text);
COPY people FROM STDIN;
1	Alice
\.
COPY notes FROM STDIN;
1	\N	nobody's
\.
COPY notes FROM STDIN;
1	1	hers
\.
COPY notes TO STDOUT;
