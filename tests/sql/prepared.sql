-- PREPARE, EXECUTE, DEALLOCATE, parameters.
CREATE TABLE t (id int PRIMARY KEY, v text, n numeric);
INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', 2.5);
PREPARE one (int) AS SELECT v FROM t WHERE id = $1;
EXECUTE one (1);
EXECUTE one (2);
EXECUTE one (99);
EXECUTE one ('1');
EXECUTE one (1 + 1);
EXECUTE one (NULL);
EXECUTE one;
EXECUTE one (1, 2);
EXECUTE one ('x');
EXECUTE nosuch (1);
PREPARE one AS SELECT 1;
PREPARE two AS SELECT $1 + n AS s, $2 AS x FROM t WHERE v = $3;
EXECUTE two (1, 'x', 'one');
PREPARE ins (int, text) AS INSERT INTO t (id, v) VALUES ($1, $2) RETURNING *;
EXECUTE ins (3, 'three');
EXECUTE ins (3, 'three');
PREPARE upd AS UPDATE t SET v = $2 WHERE id = $1;
EXECUTE upd (3, 'drei');
PREPARE del AS DELETE FROM t WHERE id = $1 RETURNING v;
EXECUTE del (3);
PREPARE lim AS SELECT id FROM t ORDER BY id LIMIT $1 OFFSET $2;
EXECUTE lim (1, 1);
PREPARE arr (int[]) AS SELECT id FROM t WHERE id = ANY ($1) ORDER BY id;
EXECUTE arr ('{1,2,3}');
EXECUTE arr (ARRAY[2]);
PREPARE undetermined AS SELECT $1;
EXECUTE undetermined ('text');
PREPARE bad AS SELECT nosuch FROM t;
PREPARE bad AS SELEC 1;
PREPARE gap AS SELECT $1::int, $3::int;
ALTER TABLE t ADD extra int DEFAULT 8;
EXECUTE one (1);
PREPARE star AS SELECT * FROM t ORDER BY id;
EXECUTE star;
DEALLOCATE one;
EXECUTE one (1);
DEALLOCATE one;
DEALLOCATE ALL;
EXECUTE ins (4, 'x');
-- only: simple
SELECT $1;
-- params: 2
SELECT v FROM t WHERE id = $1;
-- params: 1 | 'a b' | NULL
SELECT $1::int + 1 AS a, $2::text AS b, $3::text IS NULL AS c;
-- params: x
SELECT v FROM t WHERE id = $1;
-- params: 10 | new | 3.25
INSERT INTO t VALUES ($1, $2, $3) RETURNING *;
-- params: 2024-01-31 | 1 month
SELECT $1::date + $2::interval AS d;
-- params: {1,2}
SELECT id FROM t WHERE id = ANY ($1) ORDER BY id;
-- params: 1 | 2
SELECT $1 + $2 AS s;
-- params: 1
SELECT CASE WHEN $1 > 0 THEN 'pos' ELSE 'neg' END AS sign;
-- params: %o%
SELECT v FROM t WHERE v LIKE $1 ORDER BY v;
-- params: 5
SELECT $1::numeric(5,2) AS n;
-- params: {"a": 1}
SELECT $1::jsonb -> 'a' AS a;
-- params: 3
SELECT id FROM t ORDER BY id LIMIT $1;
-- params: 1
SELECT v FROM t WHERE id IN ($1, 2) ORDER BY id;
-- params: t
SELECT $1::bool AND true AS b;
-- params: 1
PREPARE inner_params AS SELECT 1;
DISCARD ALL;
