-- Several set-returning functions of one target list advance together.
SELECT generate_series(1, 3) AS a, unnest(ARRAY['x', 'y']) AS b;
SELECT unnest(ARRAY[1, 2]), unnest(ARRAY['a', NULL, 'c']), generate_series(10, 10);
CREATE TABLE pair (a int, b int, c int, PRIMARY KEY (b, a));
SELECT a.attname, place FROM pg_attribute a JOIN (SELECT indrelid, unnest(indkey) AS n, generate_subscripts(indkey, 1) AS place FROM pg_index) k ON a.attrelid = k.indrelid AND a.attnum = k.n WHERE a.attrelid = 'pair'::regclass ORDER BY place;
INSERT INTO pair VALUES (1, 2, 3), (2, 1, NULL);
SELECT b, generate_series(1, a) AS i, generate_series(1, b) AS j FROM pair ORDER BY b, i, j;
SELECT generate_series(1, 2) + 1 AS i, upper(unnest(ARRAY['x', 'y', 'z'])) AS u;
SELECT count(*) FROM (SELECT generate_series(1, 3), generate_series(1, 5)) AS t;
-- An int2vector counts from 0.
SELECT k FROM pg_index, generate_subscripts(indkey, 1) AS k WHERE indexrelid = 'pair_pkey'::regclass;
SELECT array(SELECT pg_get_indexdef(indexrelid, k + 1, true) FROM generate_subscripts(indkey, 1) AS k ORDER BY k) FROM pg_index WHERE indexrelid = 'pair_pkey'::regclass;
SELECT k FROM generate_subscripts(ARRAY['a', 'b'], 1) AS k;
-- Names as parameters.
PREPARE by_name AS SELECT typname FROM pg_type WHERE oid = $1::regtype;
EXECUTE by_name('timestamptz');
PREPARE by_table AS SELECT relname FROM pg_class WHERE oid = $1::regclass;
EXECUTE by_table('pair');
SELECT count(*) FROM pg_statio_all_tables WHERE relname = 'nosuch';
