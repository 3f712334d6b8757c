# For tests that source this file with the build directory as $1: a server on a data directory of its own, and a cluster of PostgreSQL
# beside it. Both end with the test.
#
#   serve OPTIONS...       a fresh data directory, served
#   stop                   SIGTERM; fails if the server does not end well
#   here ARGUMENTS...      psql on it
#   own_cluster            starts the cluster (tests/cluster.sh)
#   fail WHY [FILE]        ends the test
build=$1
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
work=$(mktemp -d)
chmod 755 "$work"  # the cluster's user must come through
server=
trap '[ -z "$server" ] || kill -TERM $server 2>/dev/null || true; stop_cluster; rm -rf "$work"' EXIT

fail() {
  echo "$1"
  [ -z "${2:-}" ] || cat "$2"
  exit 1
}
serve() {
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
stop() {
  kill -TERM "$server"
  wait "$server" || fail "the server did not end well" "$work/log"
  server=
}
here() { "$build/allod" psql --data "$work/data" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
own_cluster() { start_cluster "$work/cluster"; }
