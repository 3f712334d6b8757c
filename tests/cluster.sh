# A PostgreSQL cluster of the tests' own, for those that source this file. PostgreSQL refuses to run as root, so root runs it as
# the user `postgres`.
#
#   start_cluster DIR            a fresh cluster in DIR, on a Unix socket in DIR alone; sets CLUSTER
#   fresh_database NAME          drops and makes it, owned by the role allod, which is no superuser; prints its connection string
#   stop_cluster

CLUSTER=
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_cluster() {
  local bin
  bin=$(ls -d /usr/lib/postgresql/15/bin)
  CLUSTER=$1
  mkdir -p "$CLUSTER"
  [ "$(id -u)" -eq 0 ] && chown postgres "$CLUSTER" && chmod 755 "$CLUSTER"
  as_postgres "$bin/initdb" -D "$CLUSTER/data" -U postgres -A trust -E UTF8 --lc-collate=C --lc-ctype=C.UTF-8 --no-sync >"$CLUSTER/initdb.log" 2>&1 || { cat "$CLUSTER/initdb.log"; return 1; }
  as_postgres "$bin/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/server.log" -w -s \
    -o "-c port=5432 -c listen_addresses='' -c unix_socket_directories='$CLUSTER' -c fsync=off -c max_connections=200 -c timezone=UTC -c shared_buffers=64MB" start >/dev/null || { cat "$CLUSTER/server.log"; return 1; }
  cluster_psql -c 'CREATE ROLE allod LOGIN CREATEDB' >/dev/null
}

cluster_psql() { PGHOST= PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PGAPPNAME= psql -h "$CLUSTER" -X -q -v ON_ERROR_STOP=1 "$@"; }

fresh_database() {
  cluster_psql -c "SET client_min_messages TO warning" -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1 OWNER allod" >/dev/null
  echo "host=$CLUSTER port=5432 user=allod dbname=$1"
}

stop_cluster() {
  [ -z "$CLUSTER" ] || as_postgres /usr/lib/postgresql/15/bin/pg_ctl -D "$CLUSTER/data" -m immediate -s stop >/dev/null 2>&1
  CLUSTER=
}
