#!/usr/bin/env bash
# `allod distribute` on a data directory and on a cluster.   tests/distribute.sh BUILD
#
# Citus is not among Debian's packages, so functions of its names stand in for it here: they write down how they were called.
set -euo pipefail
. "$(dirname "$0")/one_server.sh"

expect() { # FILE LINE
  grep -qxF -- "$2" "$1" || fail "missing: $2" "$1"
}

schema="CREATE DATA_SUBJECT TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE products (id int PRIMARY KEY, price numeric);
CREATE TABLE orders (customer_id int NOT NULL OWNED_BY customers (id), id int, product_id int REFERENCES ONLY products (id), PRIMARY KEY (customer_id, id));"

# A data directory: the plan, and nothing is made where nothing was.
if "$build/allod" distribute --data "$work/none" >"$work/out" 2>&1; then fail "a plan for nothing"; fi
expect "$work/out" "allod: there is no database in \"$work/none\""
[ ! -e "$work/none" ] || fail "a directory was made"
serve
here -c "$schema"
here -c "CREATE DATABASE other"
here -d other -c "CREATE DATA_SUBJECT TABLE members (id int PRIMARY KEY)"
if "$build/allod" distribute --data "$work/data" >"$work/out" 2>&1; then fail "a plan beside a server"; fi
grep -q 'is being used by process' "$work/out" || fail "it is not said that a server uses the directory" "$work/out"
stop
"$build/allod" distribute --plan --data "$work/data" >"$work/out" 2>&1 || fail "no plan" "$work/out"
expect "$work/out" "customers: distributed by id (data subject)"
expect "$work/out" "orders: distributed by customer_id, with customers (owned through customer_id)"
expect "$work/out" "For a cluster with Citus:"
expect "$work/out" "SELECT create_distributed_table('public.orders', 'customer_id', colocate_with => 'public.customers');"
"$build/allod" distribute --data "$work/data" --database other >"$work/out" 2>&1 || fail "no plan of another database" "$work/out"
expect "$work/out" "members: distributed by id (data subject)"
if "$build/allod" distribute --data "$work/data" --database nosuch >"$work/out" 2>&1; then fail "a plan of no database"; fi
expect "$work/out" 'allod: database "nosuch" does not exist'
if "$build/allod" distribute --apply --data "$work/data" >"$work/out" 2>&1; then fail "applied to a data directory"; fi
expect "$work/out" "allod: --apply needs a cluster"

# A cluster without Citus: the statements, and nothing is done.
own_cluster
engine=$(fresh_database allod)
serve --engine "$engine"
here -c "$schema"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied without Citus" "$work/out"; fi
expect "$work/out" "allod: this cluster has no Citus, so nothing was done"
expect "$work/out" "SELECT create_distributed_table('public.orders', 'customer_id', colocate_with => 'public.customers');"

# Somebody else's function of that name is not Citus's, whatever the role's search_path.
spread() { PGHOST= PGPORT=5432 PGUSER=postgres PGAPPNAME= psql -h "$CLUSTER" -d allod -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
spread -c "CREATE TABLE public.taken (call text); GRANT ALL ON public.taken TO allod; ALTER ROLE allod SET search_path = public, pg_catalog;
CREATE FUNCTION public.create_distributed_table(t regclass, key text, colocate_with text) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO public.taken VALUES (t::text) \$\$;
CREATE FUNCTION public.create_reference_table(t regclass) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO public.taken VALUES (t::text) \$\$;"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "a stranger's functions were taken for Citus's"; fi

# With it: in the order that foreign keys allow, all or nothing.
spread -c "CREATE SCHEMA citus_calls; CREATE TABLE citus_calls.calls (n serial, call text); GRANT ALL ON SCHEMA citus_calls TO allod; GRANT ALL ON ALL TABLES IN SCHEMA citus_calls TO allod; GRANT ALL ON ALL SEQUENCES IN SCHEMA citus_calls TO allod;
CREATE FUNCTION pg_catalog.create_reference_table(t regclass) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO citus_calls.calls (call) VALUES ('reference ' || t) \$\$;
CREATE FUNCTION pg_catalog.create_distributed_table(t regclass, key text, colocate_with text) RETURNS void LANGUAGE sql AS \$\$ INSERT INTO citus_calls.calls (call) VALUES (t || ' by ' || key || ' with ' || colocate_with) \$\$;"
"$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1 || fail "not applied" "$work/out"
spread -c "SELECT call FROM citus_calls.calls ORDER BY n" >"$work/calls"
[ "$(spread -c 'SELECT count(*) FROM taken')" = 0 ] || fail "a stranger's function was called"
printf '%s\n' "reference public.products" "public.customers by id with none" "public.orders by customer_id with public.customers" | diff - "$work/calls" || fail "other calls" "$work/out"

spread -c "TRUNCATE citus_calls.calls; CREATE OR REPLACE FUNCTION pg_catalog.create_distributed_table(t regclass, key text, colocate_with text) RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN IF t = 'public.orders'::regclass THEN RAISE 'the node is away'; END IF; INSERT INTO citus_calls.calls (call) VALUES (t::text); END \$\$;"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "a failure was not told" "$work/out"; fi
grep -q "the node is away" "$work/out" || fail "the cluster's error is not shown" "$work/out"
[ "$(spread -c 'SELECT count(*) FROM citus_calls.calls')" = 0 ] || fail "half of it was done"
if grep -q '^done' "$work/out"; then fail "what was taken back is said to be done" "$work/out"; fi

# What is in the way is said, and nothing is run.
here -c "CREATE TABLE notes (id int PRIMARY KEY, customer_id int NOT NULL OWNED_BY customers (id))"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied with obstacles" "$work/out"; fi
expect "$work/out" "in the way: notes: primary key (id) does not hold customer_id; make it (customer_id, id)"
expect "$work/out" "allod: the tables cannot be distributed yet"
here -c "DROP TABLE notes" -c "CREATE TABLE files (id int PRIMARY KEY)" \
  -c "CREATE TABLE shares (customer_id int NOT NULL OWNED_BY customers (id), id int, file_id int OWNS files (id), PRIMARY KEY (customer_id, id))"
if "$build/allod" distribute --apply --engine "$engine" >"$work/out" 2>&1; then fail "applied to captured tables" "$work/out"; fi
grep -q '^in the way: shares: its changes can leave rows without an owner' "$work/out" || fail "a captured table is not named" "$work/out"
stop
