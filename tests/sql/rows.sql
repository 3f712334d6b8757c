-- Rows compared with rows and with subqueries; groups without a key; arrays side by side.
CREATE TABLE pairs (a int PRIMARY KEY, b int);

INSERT INTO pairs VALUES (1, 2), (3, 4), (5, NULL);

-- A row and a subquery of one row.
SELECT (1, 2) = (SELECT 1, 2), (1, 2) = (SELECT 1, 3), (1, 2) <> (SELECT 1, 3), (1, NULL) = (SELECT 1, 2), (1, NULL) = (SELECT 2, 2);

SELECT (1, 2) < (SELECT 1, 3), (1, 2) <= (SELECT 1, 2), (2, 1) > (SELECT 1, 3), (1, 2) >= (SELECT 1, 3), (1, NULL) < (SELECT 2, 1), (1, NULL) < (SELECT 1, 1);

SELECT (1, 2) = (SELECT a, b FROM pairs WHERE a = 1), (1, 2) = (SELECT a, b FROM pairs WHERE a = 9), (1, 'x') = (SELECT 1, 'x');

SELECT a, (a, b) = (SELECT p.a, p.b FROM pairs p WHERE p.a = pairs.a) AS same, (a, b) < (SELECT max(p.a), max(p.b) FROM pairs p) AS below FROM pairs ORDER BY a;

SELECT a FROM pairs WHERE (a, b) = (SELECT 3, 4);

SELECT (1, 2) = (SELECT a, b FROM pairs);

SELECT (1, 2) < (SELECT a, b FROM pairs);

SELECT (1, 2.5) = (SELECT 1::bigint, 2.50), ('2024-01-01'::date, 1) < (SELECT '2024-01-02'::date, 0);

SELECT (1, 2) = (SELECT 1);

SELECT (1, 2) = (SELECT 1, 2, 3);

SELECT (SELECT 1, 2) = (1, 2);

SELECT 1 = (SELECT 1, 2);

-- Among the rows of a subquery.
SELECT (1, 2) IN (SELECT a, b FROM pairs), (1, 3) IN (SELECT a, b FROM pairs), (5, 1) IN (SELECT a, b FROM pairs), (1, 2) NOT IN (SELECT a, b FROM pairs), (9, NULL) IN (SELECT a, b FROM pairs);

SELECT (1, 2) IN (SELECT a, b FROM pairs WHERE false), (1, NULL) NOT IN (SELECT a, b FROM pairs WHERE false);

SELECT a FROM pairs WHERE (a, b) IN (SELECT p.a, p.b FROM pairs p WHERE p.b > 2);

SELECT a FROM pairs WHERE (a, b) NOT IN (SELECT 1, 2 UNION ALL SELECT 7, 8) ORDER BY a;

SELECT (1, 2) < ANY (SELECT a, b FROM pairs), (9, 9) < ANY (SELECT a, b FROM pairs), (0, 0) < ALL (SELECT a, b FROM pairs), (1, 2) <= ALL (SELECT a, b FROM pairs), (5, 1) >= ANY (SELECT a, b FROM pairs WHERE a = 5);

SELECT (1, 2) = ALL (SELECT 1, 2), (1, 2) = ALL (SELECT 1, 2 UNION ALL SELECT 1, 3), (1, 2) <> ANY (SELECT 1, 2), (1, 2) <> ANY (SELECT 1, 3), (1, 2) <> ALL (SELECT a, b FROM pairs);

SELECT (1, 'x') IN (SELECT 1, 'x'), ('x', 1) < ANY (SELECT 'y', 0);

SELECT ROW(1, 2) IN (SELECT a FROM pairs);

SELECT a IN (SELECT a, b FROM pairs) FROM pairs;

SELECT (1, 'a') ~ ANY (SELECT 1, 'a');

-- Rows and rows.
SELECT (1, 2) = (1, 2), (1, 2) < (1, 3), ROW(1) = ROW(1), (1, NULL) <> (2, NULL), (1, (2, 3)) = (1, (2, 3)), (1, 2) IN ((1, 2), (3, 4)), (1, 2) IN ((3, 4), (1, NULL));

SELECT (1, 2) IN ((1, 2), (3, 4, 5));

SELECT ROW() = ROW();

SELECT a, (a, b) IS NULL, (a, b) IS NOT NULL FROM pairs ORDER BY a;

-- One group of all rows, with or without an aggregate.
SELECT 1 FROM pairs GROUP BY ();

SELECT count(*) FROM pairs GROUP BY ();

SELECT 1 FROM pairs WHERE false GROUP BY ();

SELECT 'one' FROM pairs HAVING true;

SELECT 'none' FROM pairs HAVING false;

SELECT 1 GROUP BY () HAVING false;

SELECT 1 FROM pairs HAVING count(*) > 2;

SELECT x.one, p.a FROM pairs p, (SELECT 1 AS one FROM pairs GROUP BY ()) x ORDER BY 2;

SELECT 5 IN (SELECT 5 FROM pairs GROUP BY ()), (SELECT 7 FROM pairs GROUP BY ()), EXISTS (SELECT 1 FROM pairs WHERE false GROUP BY ());

SELECT a FROM pairs GROUP BY ();

-- Arrays side by side.
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b', 'c']);

SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', NULL, 'c'], ARRAY[true]) WITH ORDINALITY AS u(n, t, b, at) ORDER BY at;

SELECT u.n + 1, upper(u.t) FROM unnest('{1,2}'::bigint[], '{x,y}'::text[]) AS u(n, t) WHERE u.n > 1;

SELECT * FROM unnest(NULL::int[], ARRAY[1.5, 2]) AS u(a, b);

SELECT * FROM unnest('{}'::int[], '{}'::text[]) AS u(a, b);

SELECT p.a, u.x, u.y FROM pairs p, unnest(ARRAY[p.a, p.b], ARRAY['first', 'second']) AS u(x, y) ORDER BY 1, 3;

INSERT INTO pairs SELECT * FROM unnest(ARRAY[10, 11], ARRAY[20, 21]) RETURNING a, b;

-- params: {12,13} | {1,NULL}
INSERT INTO pairs SELECT * FROM unnest($1::int[], $2::int[]) RETURNING a, b;

SELECT * FROM unnest(ARRAY[1, 2], 1);

SELECT * FROM unnest(ARRAY[1], '{1}');

SELECT unnest(ARRAY[1, 2], ARRAY['a', 'b']);

SELECT * FROM unnest();

-- The columns of EXCLUDED are there without its name too.
INSERT INTO pairs VALUES (1, 1) ON CONFLICT (a) DO UPDATE SET b = b + 1;

INSERT INTO pairs VALUES (1, 1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE b > 1;

INSERT INTO pairs VALUES (1, 1) ON CONFLICT (a) DO UPDATE SET b = pairs.b + excluded.b RETURNING b;

INSERT INTO pairs VALUES (1, 1) ON CONFLICT (a) DO UPDATE SET b = (SELECT max(b) FROM pairs p WHERE p.a = 3) RETURNING b;

-- Calls with a list that may not be empty.
SELECT format('%s');

SELECT format('plain'), format('%s', 1), format('%s and %s', 1, 'two'), format('%1$s %1$s', 3);

SELECT format('%s %s', 1);

SELECT format(NULL), format('%%');

SELECT format(1);

SELECT concat();

SELECT concat_ws(',');

SELECT concat_ws(',', 1, NULL, 'x'), concat(1, NULL, 'x');

SELECT num_nulls();

-- Aggregates compared with subqueries.
SELECT count(*) = (SELECT 7), count(*) IN (SELECT 7), max(a) > (SELECT min(b) FROM pairs p) FROM pairs;
