#!/usr/bin/env bash
# A PostgreSQL database moves into a data directory: pg_dump | psql, as docs/scaling.md says.   tests/moving_in.sh BUILD
set -euo pipefail
. "$(dirname "$0")/one_server.sh"

own_cluster
fresh_database moving >/dev/null
there() { PGHOST= PGPORT=5432 PGUSER=allod PGAPPNAME= psql -h "$CLUSTER" -d moving -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
there >/dev/null <<'SQL'
CREATE SCHEMA sales;
CREATE TABLE customers (id serial PRIMARY KEY, name varchar(40) NOT NULL, born date, email text UNIQUE,
  created timestamptz DEFAULT now(), prefs jsonb DEFAULT '{}', balance numeric(12,2) CHECK (balance >= 0));
COMMENT ON TABLE customers IS 'who buys';
CREATE TABLE sales.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id int NOT NULL REFERENCES customers ON DELETE CASCADE, at timestamp, total numeric, flags bytea, ref uuid, ratio float8, took interval,
  UNIQUE (customer_id, at));
CREATE INDEX orders_large ON sales.orders (at DESC) WHERE total > 10;
CREATE VIEW large AS SELECT c.name, o.total FROM customers c JOIN sales.orders o ON o.customer_id = c.id WHERE o.total > 100;
CREATE SEQUENCE tickets START 100 INCREMENT 5;
INSERT INTO customers (name, born, email, prefs, balance)
  SELECT E'n\t' || g, date '1990-01-01' + g, nullif('e' || g, 'e7'), jsonb_build_object('n', g, 'quote', '"\'), g / 7.0 FROM generate_series(1, 1000) g;
INSERT INTO sales.orders (customer_id, at, total, flags, ref, ratio, took)
  SELECT 1 + g % 1000, timestamp '2020-01-01' + g * interval '1 min', g / 10.0, decode(lpad(to_hex(g), 8, '0'), 'hex'), md5(g::text)::uuid, g / 3.0,
    g * interval '1 hour' FROM generate_series(1, 20000) g;
SELECT nextval('tickets'), nextval('tickets');
SQL

serve
PGHOST= PGPORT=5432 PGUSER=allod PGAPPNAME= pg_dump -h "$CLUSTER" --no-owner --no-privileges moving >"$work/dump"
here --single-transaction -f "$work/dump" >"$work/out" 2>&1 || fail "the dump does not load" "$work/out"

same() { # QUERY
  there -c "$1" >"$work/there"
  here -c "$1" >"$work/here"
  [ -s "$work/there" ] || fail "nothing to compare: $1"
  diff "$work/there" "$work/here" >"$work/difference" || fail "differs: $1" "$work/difference"
}
export PGTZ=UTC
same "SELECT * FROM customers ORDER BY id"
same "SELECT * FROM sales.orders ORDER BY id"
same "SELECT name, total FROM large ORDER BY total"
same "SELECT conname, contype FROM pg_constraint WHERE connamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'sales')) ORDER BY conname"
same "SELECT nextval('tickets')"
same "INSERT INTO customers (name) VALUES ('next') RETURNING id"
same "INSERT INTO sales.orders (customer_id) VALUES (1) RETURNING id"
# Its owners are named next, and everything about one of them is found.
here -c "ALTER TABLE customers SET DATA_SUBJECT" -c "ALTER TABLE sales.orders DROP CONSTRAINT orders_customer_id_fkey" \
  -c "ALTER TABLE sales.orders ADD FOREIGN KEY (customer_id) OWNED_BY customers (id)" >"$work/out" 2>&1 || fail "not annotated" "$work/out"
[ "$(here -c "SELECT count(*) FROM sales.orders WHERE customer_id = 5")" = 20 ] || fail "orders of customer 5"
here -c "GDPR FORGET customers 5" >/dev/null
[ "$(here -c "SELECT count(*) FROM sales.orders WHERE customer_id = 5")" = 0 ] || fail "orders of a forgotten customer are there"
stop
