#!/usr/bin/env bash
# What tests/clients/run.py --postgres does: a PostgreSQL 15 of its own, also on a port of this machine, for those clients that
# know no Unix sockets.   tests/clients/on_postgres.sh CLIENT...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../cluster.sh"
work=$(mktemp -d)
chmod 755 "$work"
trap 'stop_cluster; rm -rf "$work"' EXIT
start_cluster "$work/cluster"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cluster_psql -c "ALTER SYSTEM SET listen_addresses = '127.0.0.1'" -c "ALTER SYSTEM SET port = $port"
as_postgres /usr/lib/postgresql/15/bin/pg_ctl -D "$CLUSTER/data" -m fast -w -s stop
as_postgres /usr/lib/postgresql/15/bin/pg_ctl -D "$CLUSTER/data" -l "$CLUSTER/server.log" -w -s \
  -o "-c unix_socket_directories='$CLUSTER' -c fsync=off -c max_connections=200 -c timezone=UTC" start >/dev/null
# The socket's name has the port in it; what tests/cluster.sh runs looks for the usual one.
ln -s ".s.PGSQL.$port" "$CLUSTER/.s.PGSQL.5432"
ALLOD_CLIENTS_CLUSTER=$CLUSTER ALLOD_CLIENTS_PORT=$port "$here/run.py" --postgres "$@"
