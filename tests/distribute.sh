#!/usr/bin/env bash
# `allod distribute` on a data directory and on a cluster.   tests/distribute.sh BUILD      Needs tests/cluster.sh's cluster: CLUSTER
#
# Citus is not among Debian's packages, so functions of its names stand in for it here: they write down how they were called.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cluster.sh"
work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || { kill -TERM "$server"; wait "$server"; }
  server=
}
trap '[ -z "$server" ] || kill -TERM $server 2>/dev/null || true; [ -z "${own:-}" ] || stop_cluster; rm -rf "$work"' EXIT

fail() { echo "$1"; [ -z "${2:-}" ] || cat "$2"; exit 1; }
expect() { # FILE LINE
  grep -qxF -- "$2" "$1" || fail "missing: $2" "$1"
}
serve() { # OPTIONS...
  rm -rf "$work/data"
  "$build/allod" serve --data "$work/data" --listen 127.0.0.1:0 --log "$work/log" "$@" &
  server=$!
  for _ in $(seq 200); do
    sed -n 2p "$work/data/allod.lock" 2>/dev/null | grep -q . && return
    kill -0 $server 2>/dev/null || break
    sleep 0.05
  done
  fail "no server" "$work/log"
}
run() { "$build/allod" psql --data "$work/data" -X -q -v ON_ERROR_STOP=1 "$@"; }

schema="CREATE DATA_SUBJECT TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE products (id int PRIMARY KEY, price numeric);
CREATE TABLE orders (customer_id int NOT NULL OWNED_BY customers (id), id int, product_id int REFERENCES ONLY products (id), PRIMARY KEY (customer_id, id));"

# A data directory: the plan, and nothing is made where nothing was.
if "$build/allod" distribute --data "$work/none" >"$work/out" 2>&1; then fail "a plan for nothing"; fi
expect "$work/out" "allod: there is no database in \"$work/none\""
[ ! -e "$work/none" ] || fail "a directory was made"
serve
run -c "$schema"
stop
"$build/allod" distribute --plan --data "$work/data" >"$work/out" 2>&1 || fail "no plan" "$work/out"
expect "$work/out" "customers: distributed by id (data subject)"
expect "$work/out" "orders: distributed by customer_id, with customers (owned through customer_id)"
expect "$work/out" "For a cluster with Citus:"
expect "$work/out" "SELECT create_distributed_table('public.orders', 'customer_id', colocate_with => 'public.customers');"
if "$build/allod" distribute --apply --data "$work/data" >"$work/out" 2>&1; then fail "applied to a data directory"; fi
expect "$work/out" "allod: --apply needs a cluster"

# A cluster without Citus: the statements, and nothing is done.
[ -n "$CLUSTER" ] || { own=1; chmod 755 "$work"; start_cluster "$work/cluster"; }
engine=$(fresh_database allod)
serve --engine "$engine"
run -c "$schema"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied without Citus" "$work/out"; fi
expect "$work/out" "allod: this cluster has no Citus, so nothing was done"
expect "$work/out" "SELECT create_distributed_table('public.orders', 'customer_id', colocate_with => 'public.customers');"

# With it: in the order that foreign keys allow, all or nothing.
spread() { PGHOST= PGPORT=5432 PGUSER=postgres PGAPPNAME= psql -h "$CLUSTER" -d allod -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
spread -c "CREATE SCHEMA citus_calls; CREATE TABLE citus_calls.calls (n serial, call text); GRANT ALL ON SCHEMA citus_calls TO allod; GRANT ALL ON ALL TABLES IN SCHEMA citus_calls TO allod; GRANT ALL ON ALL SEQUENCES IN SCHEMA citus_calls TO allod;
CREATE FUNCTION public.create_reference_table(t regclass) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO citus_calls.calls (call) VALUES ('reference ' || t) \$\$;
CREATE FUNCTION public.create_distributed_table(t regclass, key text, colocate_with text) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO citus_calls.calls (call) VALUES (t || ' by ' || key || ' with ' || colocate_with) \$\$;"
"$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1 || fail "not applied" "$work/out"
spread -c "SELECT call FROM citus_calls.calls ORDER BY n" >"$work/calls"
printf '%s\n' "reference products" "customers by id with none" "orders by customer_id with public.customers" | diff - "$work/calls" || fail "other calls" "$work/out"

spread -c "TRUNCATE citus_calls.calls; CREATE OR REPLACE FUNCTION public.create_distributed_table(t regclass, key text, colocate_with text) RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN IF t = 'orders'::regclass THEN RAISE 'the node is away'; END IF; INSERT INTO citus_calls.calls (call) VALUES (t::text); END \$\$;"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "a failure was not told" "$work/out"; fi
grep -q "the node is away" "$work/out" || fail "the cluster's error is not shown" "$work/out"
[ "$(spread -c 'SELECT count(*) FROM citus_calls.calls')" = 0 ] || fail "half of it was done"

# What is in the way is said, and nothing is run.
run -c "CREATE TABLE notes (id int PRIMARY KEY, customer_id int NOT NULL OWNED_BY customers (id))"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied with obstacles" "$work/out"; fi
expect "$work/out" "in the way: notes: primary key (id) does not hold customer_id; make it (customer_id, id)"
expect "$work/out" "allod: the tables cannot be distributed yet"
run -c "DROP TABLE notes" -c "CREATE TABLE files (id int PRIMARY KEY)" \
  -c "CREATE TABLE shares (customer_id int NOT NULL OWNED_BY customers (id), id int, file_id int OWNS files (id), PRIMARY KEY (customer_id, id))"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied to captured tables" "$work/out"; fi
grep -q '^in the way: shares: its changes can leave rows without an owner' "$work/out" || fail "a captured table is not named" "$work/out"
stop
