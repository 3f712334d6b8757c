#!/usr/bin/env bash
# SQL scripts, each on a fresh server and in both protocols, against the transcript beside them.
#   tests/sql.sh BUILD [--update] [SCRIPT.sql ...]      all scripts if none is named; --update writes their transcripts
set -uo pipefail
build=$(cd "${1:?the build directory}" && pwd)
shift
update=
if [ "${1:-}" = --update ]; then
  update=--update
  shift
fi
cd "$(dirname "$0")/.."
scripts=("$@")
if [ ${#scripts[@]} -eq 0 ]; then
  for script in tests/sql/*.sql examples/*/*.sql; do
    [ -e "${script%.sql}.out" ] && scripts+=("$script")
  done
fi

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -TERM $server 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0

run() { # SCRIPT PROTOCOL [--update]
  rm -rf "$work/data"
  "$build/allod" serve --data "$work/data" --listen 127.0.0.1:0 --auth trust --log "$work/server.log" &
  server=$!
  local address=
  for _ in $(seq 200); do
    address=$(sed -n 2p "$work/data/allod.lock" 2>/dev/null)
    [ -n "$address" ] && break
    kill -0 $server 2>/dev/null || break
    sleep 0.05
  done
  local status=0
  PGHOST=127.0.0.1 PGPORT=${address##*:} PGUSER=allod PGDATABASE=allod PGAPPNAME=tests \
    timeout 300 "$build/sqlrun" ${3:-} --protocol "$2" "$1" >"$work/out" 2>&1 </dev/null || status=$?
  kill -TERM $server
  wait $server || { status=1; echo "the server did not end well" >>"$work/out"; }
  server=
  if [ $status -eq 0 ]; then
    echo "ok      $1 ($2)"
  else
    failed=1
    echo "FAILED  $1 ($2)"
    sed 's/^/        /' "$work/out" | head -60
  fi
}

for script in "${scripts[@]}"; do
  [ -z "$update" ] || run "$script" simple --update
  for protocol in simple extended; do run "$script" $protocol; done
done
exit $failed
