-- Every type: literals, casts, ranges, errors.

-- integers
SELECT 1::int2, 2::int4, 3::int8, 32767::smallint, '-32768'::smallint, 2147483647::integer, '-9223372036854775808'::bigint;
SELECT 32768::int2;
SELECT 2147483648::int4;
SELECT 9223372036854775808::int8;
SELECT '9223372036854775808'::int8;
SELECT '12a'::int4;
SELECT ''::int4;
SELECT ' 12 '::int4, '+7'::int4, '-0'::int4;
SELECT 2.5::int4, 3.5::int4, (-2.5)::int4, 2.5::float8::int4, 3.5::float8::int4;

-- numeric
SELECT 1.50::numeric, 1.5::numeric(5,2), 123456789012345678901234567890.123456789::numeric;
SELECT 1234.5678::numeric(6,2), 999.995::numeric(6,2);
SELECT 12345.6::numeric(6,2);
SELECT 'NaN'::numeric, 'Infinity'::numeric, '-Infinity'::numeric;
SELECT '1e10'::numeric, '1.5e-5'::numeric, '0.000'::numeric, '.5'::numeric, '5.'::numeric;
SELECT 'abc'::numeric;
SELECT '1 2'::numeric;
SELECT 'NaN'::numeric = 'NaN'::numeric, 'NaN'::numeric > 'Infinity'::numeric;
SELECT 1.0 = 1.00, 1.10::text, 1.1 + 1.10;

-- float
SELECT 1.5::float8, 0.1::float8 + 0.2::float8, 1e300::float8, 'Infinity'::float8, '-inf'::float8;
SELECT 0.1::float4, 1e10::float4, 16777217::float4, 3.4e38::float4;
SELECT 1e39::float4;
SELECT '1e400'::float8;
SELECT 'x'::float8;
SELECT 1e15::float8, 1e16::float8, 123456789.125::float8, 1e-5::float8, 100000::float4, 1000000::float4, -0.0::float8;

-- boolean
SELECT true, false, 't'::bool, 'yes'::bool, 'on'::bool, '1'::bool, 'off'::bool, 'n'::bool, 'FALSE'::bool, ' true '::bool;
SELECT 'maybe'::bool;
SELECT 1::bool, 0::bool, true::int4, true::text, false::text;
SELECT true AND NULL, false AND NULL, true OR NULL, NOT NULL::bool, NULL IS TRUE, NULL IS NOT TRUE, NULL::bool IS UNKNOWN;
SELECT true > false, true = 't';

-- text, varchar, char
SELECT 'abc'::text, 'abc'::varchar(2), 'abc'::char(5), 'abc'::char(2), 'x'::"char", 'It''s', E'a\tb\n', U&'\0041';
SELECT 'a  '::char(3) = 'a'::char(3), 'a  '::text = 'a'::text, length('a  '::char(3)), 'a '::char(2) || 'b';
SELECT 'a'::char(3) || '|', octet_length('é'), length('é');
SELECT $$dollar's$$, $q$a$$b$q$, 'con'
'cat';

-- bytea
SELECT '\x48656c6c6f'::bytea, 'abc'::bytea, 'a\\b\001'::bytea, length('\x00ff'::bytea);
SELECT '\x4'::bytea;
SELECT '\xzz'::bytea;
SELECT '\x01'::bytea < '\x02'::bytea, '\x0102'::bytea || '\x03'::bytea;

-- date and time
SELECT '2024-02-29'::date, 'January 8, 1999'::date, '19990108'::date, '2024-001'::date, 'epoch'::date, 'infinity'::date, '0044-03-15 BC'::date;
SELECT '2023-02-29'::date;
SELECT '2024-13-01'::date;
SELECT 'not a date'::date;
SELECT '04:05:06.789'::time, '04:05 PM'::time, '040506'::time, '24:00'::time, '04:05:06.7896'::time(2);
SELECT '25:00'::time;
SELECT '2024-01-02 03:04:05.678'::timestamp, '2024-01-02'::timestamp, '2024-01-02 03:04:05.678'::timestamp(1), 'infinity'::timestamp, 'epoch'::timestamp;
SET TimeZone = 'UTC';
SELECT '2024-01-02 03:04:05+02'::timestamptz, '2024-01-02 03:04:05'::timestamptz, '2024-07-01 12:00 Europe/Berlin'::timestamptz, '2024-07-01 12:00 PST'::timestamptz;
SET TimeZone = 'America/New_York';
SELECT '2024-01-02 03:04:05+00'::timestamptz, '2024-07-02 03:04:05+00'::timestamptz, '2024-07-02 03:04:05+00'::timestamptz::date;
RESET TimeZone;
SET TimeZone = 'UTC';
SELECT '1 year 2 months 3 days 04:05:06.5'::interval, 'P1Y2M3DT4H5M6S'::interval, '1-2'::interval, '3 4:05'::interval, '-1 day'::interval, '1 day ago'::interval, '1.5 months'::interval;
SELECT interval '1' year, interval '90 minutes', interval '1 mon -1 hour', '0'::interval;
SELECT 'x'::interval;
SELECT '1 month'::interval = '30 days'::interval, '1 day'::interval = '24 hours'::interval, '1 month'::interval > '29 days'::interval;

-- uuid
SELECT 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid, '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'::uuid;
SELECT 'a0ee'::uuid;
SELECT '00000000-0000-0000-0000-000000000001'::uuid < '00000000-0000-0000-0000-000000000002'::uuid;

-- json, jsonb
SELECT '{"b": 1,  "a": [1, 2]}'::json, '{"b": 1,  "a": [1, 2], "b": 2}'::jsonb, 'null'::jsonb, '"x"'::jsonb, '1.50'::jsonb;
SELECT '{bad}'::json;
SELECT '{"a": }'::jsonb;
SELECT '{"a":1}'::jsonb = '{"a": 1.0}'::jsonb, '[1]'::jsonb < '[2]'::jsonb;

-- arrays
SELECT ARRAY[1,2,3], '{1,2,NULL}'::int[], ARRAY['a','b c','"q"',NULL,''], '{}'::text[], ARRAY[]::int[], ARRAY[1.5,2];
SELECT (ARRAY[10,20,30])[2], (ARRAY[10,20,30])[4], (ARRAY[10,20,30])[2:3];
SELECT ARRAY[1,2] = ARRAY[1,2], ARRAY[1,2] < ARRAY[1,3], ARRAY[1,2] || 3, 0 || ARRAY[1], ARRAY[1] || ARRAY[2];
SELECT '{1,x}'::int[];
SELECT '{1,2'::int[];
SELECT ARRAY[1,'x'];
SELECT ARRAY[true,false]::text[], '{t,f}'::bool[], ARRAY['2024-01-01'::date];
SELECT ARRAY[];
SELECT 'nosuch'::regclass;

-- casts between types
SELECT 1::text, 1.5::text, '1.5'::float8::numeric, 'abc'::name, CAST('7' AS int) + 1, int '7', float8 '1.5', date '2024-01-01', timestamp '2024-01-01 00:00';
SELECT 1::date;
SELECT true::date;
SELECT '2024-01-01 10:00'::timestamp::date, '2024-01-01'::date::timestamp, '2024-01-01 10:00'::timestamp::time, '10:00'::time::interval;
SELECT 'a'::nosuchtype;
SELECT 1 + 'x';
SELECT 1 + true;
SELECT 'a' || 1, 1 || 'a', 'a' || NULL, 'a' || true;
SELECT 1 = '1', 1.0 = 1, 'a' = 'a'::varchar, '2024-01-01' = date '2024-01-01';
SELECT 1 = 'one';
SELECT 1 = true;
SELECT CASE WHEN true THEN 1 ELSE 2.5 END, COALESCE(NULL, 1, 2.5), GREATEST(1, 2.5, NULL), LEAST('b', 'a'), NULLIF(1, 1);
SELECT COALESCE(1, 'x');
SELECT CASE WHEN 1 THEN 2 END;

-- columns of every type
CREATE TABLE every (i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(10,2), f4 float4, f8 float8, b bool, t text, v varchar(5), c char(3),
  by bytea, d date, ti time, ts timestamp, tz timestamptz, iv interval, u uuid, j json, jb jsonb, ai int[], at text[], o oid);
INSERT INTO every VALUES (1, 2, 3, 4.50, 5.678, 6.5, 7.25, true, 'text', 'vchar', 'c', '\x00ff', '2024-01-01', '10:20:30', '2024-01-01 10:20:30', '2024-01-01 10:20:30+00',
  '1 day', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"x": 1}', '{"y":  2}', '{1,2}', '{a,b}', 42);
INSERT INTO every DEFAULT VALUES;
SELECT * FROM every;
SELECT * FROM every WHERE i2 = 1 AND n = 4.5 AND n2 = 5.68 AND f4 = 6.5 AND b AND c = 'c  ' AND by = '\x00ff' AND d < '2024-01-02' AND ti >= '10:00' AND iv = '24 hours' AND jb = '{"y":2}' AND ai = '{1,2}' AND o = 42;
INSERT INTO every (i2) VALUES (40000);
INSERT INTO every (i4) VALUES (3000000000);
INSERT INTO every (n2) VALUES (123456789.12);
INSERT INTO every (v) VALUES ('toolong');
INSERT INTO every (v) VALUES ('ok       ');
INSERT INTO every (c) VALUES ('four');
INSERT INTO every (i4) VALUES ('x');
INSERT INTO every (i4) VALUES (true);
INSERT INTO every (b) VALUES (1);
INSERT INTO every (d) VALUES (5);
INSERT INTO every (t) VALUES (5), (5.50), (true);
SELECT t, v FROM every ORDER BY t, v;
