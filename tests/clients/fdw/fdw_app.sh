# A PostgreSQL 15 that attaches the server by postgres_fdw: import of the schema, reads, writes, joins, transactions from its side.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../cluster.sh"
host=$PGHOST port=$PGPORT user=$PGUSER database=$PGDATABASE
trap stop_cluster EXIT
start_cluster "$CLIENT_WORK/cluster" >&2 || { echo "FAILED start: no PostgreSQL"; exit 1; }

remote() { PGHOST=$host PGPORT=$port psql -X -A -t -q -v ON_ERROR_STOP=1 "$@" 2>&1; }
local_() { cluster_psql -A -t "$@" 2>&1; }
step() { # NAME WANTED COMMAND...
  local name=$1 wanted=$2 got
  shift 2
  got=$("$@")
  if [ "$got" = "$wanted" ]; then echo "ok $name"; else echo "FAILED $name: got $(head -c 300 <<<"$got" | tr '\n' ' '), not $(tr '\n' ' ' <<<"$wanted")"; fi
}

step remote_tables '' remote -c "CREATE SCHEMA shop" \
  -c "CREATE TABLE shop.item (id int PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'none', price numeric(10,2), data jsonb, raw bytea, at timestamptz, active boolean)" \
  -c "CREATE TABLE shop.sale (id bigint PRIMARY KEY, item int REFERENCES shop.item, n int)" \
  -c "INSERT INTO shop.item SELECT i, 'item ' || i, i * 1.5, '{\"a\": 1}', '\\x00ff', '2024-02-29 12:00+02', true FROM generate_series(1, 1000) AS i" \
  -c "INSERT INTO shop.sale SELECT i, i % 10 + 1, i FROM generate_series(1, 100) AS i"
step attach '' local_ -c "CREATE EXTENSION postgres_fdw" \
  -c "CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname '$database')" \
  -c "CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user '$user', password 'unused')" -c "CREATE SCHEMA shop"
step import_schema 'item,sale' local_ -c "IMPORT FOREIGN SCHEMA shop FROM SERVER there INTO shop" \
  -c "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'f'"
step imported_columns 'id integer,name character varying(40),price numeric(10,2),data jsonb,raw bytea,at timestamp with time zone,active boolean' local_ \
  -c "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'shop.item'::regclass AND attnum > 0"
step import_defaults '' local_ -c "CREATE SCHEMA again" -c "IMPORT FOREIGN SCHEMA shop LIMIT TO (item) FROM SERVER there INTO again OPTIONS (import_default 'true')"
step read '7|item 7|10.50|{"a": 1}|\x00ff|2024-02-29 10:00:00+00|t' local_ -c "SELECT * FROM shop.item WHERE id = 7"
step read_all '1000|750750.00' local_ -c "SELECT count(*), sum(price) FROM shop.item"
step read_by_pages '1000' local_ -c "ALTER SERVER there OPTIONS (ADD fetch_size '37')" -c "SELECT count(*) FROM (SELECT id, name FROM shop.item OFFSET 0) AS t"
step pushed_down '3|item 3' local_ -c "SELECT id, name FROM shop.item WHERE name LIKE 'item %' AND price > 4 AND active ORDER BY id LIMIT 1"
step aggregate '1|10|550
2|10|460' local_ -c "SELECT item, count(*), sum(n) FROM shop.sale WHERE item < 3 GROUP BY item ORDER BY item"
step join_there '40|10' local_ -c "SELECT count(*), count(DISTINCT i.id) FILTER (WHERE i.price > 0) + 6 FROM shop.sale s JOIN shop.item i ON i.id = s.item WHERE s.item <= 4"
step join_here 'two|item 2' local_ -c "CREATE TABLE here (id int, word text)" -c "INSERT INTO here VALUES (2, 'two'), (2000, 'none')" \
  -c "SELECT word, name FROM here JOIN shop.item USING (id)"
step estimates '1' local_ -c "ALTER FOREIGN TABLE again.item OPTIONS (ADD use_remote_estimate 'true')" -c "SELECT count(*) FROM again.item WHERE id = 5"
step insert $'2001|new\n2002|newer' local_ -c "INSERT INTO shop.item (id, name, price) VALUES (2001, 'new', 1), (2002, 'newer', 2) RETURNING id, name"
step update '2002|3.00' local_ -c "UPDATE shop.item SET price = price + 1 WHERE id = 2002 RETURNING id, price"
step delete '2001' local_ -c "DELETE FROM shop.item WHERE id = 2001 RETURNING id"
step update_by_join '2|two' local_ -c "UPDATE shop.item i SET name = h.word FROM here h WHERE h.id = i.id RETURNING i.id, i.name"
step upsert '' local_ -c "INSERT INTO shop.item (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING"
step roll_back '0' local_ -c "BEGIN; UPDATE shop.item SET price = 0; SAVEPOINT s; DELETE FROM shop.sale; ROLLBACK TO s; ROLLBACK" -c "SELECT count(*) FROM shop.item WHERE price = 0"
step batch '500' local_ -c "ALTER SERVER there OPTIONS (ADD batch_size '100')" -c "INSERT INTO shop.sale SELECT i, 1, 1 FROM generate_series(1001, 1500) AS i" -c "SELECT count(*) FROM shop.sale WHERE id > 1000"
step error 'ERROR:  duplicate key value violates unique constraint "item_pkey"' bash -c 'grep -m1 -o "ERROR:.*" <<<"$1"' _ "$(local_ -c "INSERT INTO shop.item (id, name) VALUES (1, 'x')")"
step analyze '' local_ -c "ANALYZE shop.item"
