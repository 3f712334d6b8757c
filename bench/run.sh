#!/usr/bin/env bash
# The ownCloud benchmark beside PostgreSQL 15 and MariaDB 10.11, each started here with its own fresh data directory and
# durable commits. Usage: bench/run.sh BUILD [OUT]. Settings by environment: USERS, SECONDS_PER_ROUND, ROUNDS, CLIENTS.
# Writes OUT/results.tsv, OUT/table.md and OUT/owncloud.svg, and prints the table.
set -euo pipefail
build=${1:-build}
out=${2:-$build/bench}
here=$(cd "$(dirname "$0")" && pwd)
users=${USERS:-10000} seconds=${SECONDS_PER_ROUND:-3} rounds=${ROUNDS:-5} clients=${CLIENTS:-8}
mkdir -p "$out"
work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

cmake --build "$build" --target owncloud_bench >/dev/null

# The peers refuse to run as root.
as() { if [ "$(id -u)" -eq 0 ]; then exec setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; else exec "${@:2}"; fi; }

chmod 755 "$work"
mkdir "$work/pg" "$work/maria" "$work/allod"
if [ "$(id -u)" -eq 0 ]; then chown postgres "$work/pg"; chown mysql "$work/maria"; fi
pgbin=/usr/lib/postgresql/15/bin
(as postgres $pgbin/initdb -D "$work/pg/data" -U bench --auth=trust >/dev/null)
# The defaults that matter for fairness: durable, and memory enough to hold the data.
cat >>"$work/pg/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work/pg'
shared_buffers = 512MB
fsync = on
synchronous_commit = on
CONF
as postgres $pgbin/postgres -D "$work/pg/data" >"$work/pg/log" 2>&1 &
pids+=($!)
pg_pid=$!

(as mysql mariadb-install-db --no-defaults --datadir="$work/maria/data" --auth-root-authentication-method=normal >/dev/null 2>&1)
as mysql mariadbd --no-defaults --datadir="$work/maria/data" --socket="$work/maria/sock" --skip-networking \
  --innodb-buffer-pool-size=512M --innodb-flush-log-at-trx-commit=1 --pid-file="$work/maria/pid" >"$work/maria/log" 2>&1 &
pids+=($!)
maria_pid=$!

"$build/allod" serve --data "$work/allod" --listen 127.0.0.1:5499 --socket "$work" --auth trust >"$work/allod.log" 2>&1 &
pids+=($!)
allod_pid=$!

for _ in $(seq 100); do
  [ -S "$work/pg/.s.PGSQL.5432" ] && [ -S "$work/maria/sock" ] && [ -S "$work/.s.PGSQL.5499" ] && break
  sleep 0.2
done
psql -qX -h "$work/pg" -U bench -d postgres -c 'CREATE DATABASE bench'
mariadb --no-defaults -u root --socket="$work/maria/sock" -e 'CREATE DATABASE bench'

"$build/bench/owncloud_bench" --users "$users" --seconds "$seconds" --rounds "$rounds" --clients "$clients" \
  --target "Allod:pg:host=$work port=5499 user=allod dbname=allod:$allod_pid:$work/allod" \
  --target "PostgreSQL:pg:host=$work/pg user=bench dbname=bench:$pg_pid:$work/pg" \
  --target "MariaDB:mariadb:$work/maria/sock:$maria_pid:$work/maria" \
  ${PHASES:+--phases "$PHASES"} | tee "$out/results.tsv"

{
  printf 'disk-kb\t0\tAllod\t%s\t0\t0\n' "$(du -sk "$work/allod" | cut -f1)"
  printf 'disk-kb\t0\tPostgreSQL\t%s\t0\t0\n' "$(du -sk "$work/pg/data/base" | cut -f1)"
  printf 'disk-kb\t0\tMariaDB\t%s\t0\t0\n' "$(du -sk "$work/maria/data/bench" | cut -f1)"
} >>"$out/results.tsv"
python3 "$here/report.py" "$out"
cat "$out/table.md"
