#!/usr/bin/env bash
# What `make run` does, from an empty directory to Ctrl-C: the sample is there, the line that it prints works, a second start
# keeps the data.   tests/run_sample.sh BUILD
set -euo pipefail
build=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -TERM $pid 2>/dev/null || true; rm -rf "$work"' EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start() {
  rm -f "$work/out"  # or the words of the server before would be taken for the new one's
  "$root/tools/run.sh" "$build/allod" "$work/data" "127.0.0.1:$port" >"$work/out" 2>&1 &
  pid=$!
  for _ in $(seq 200); do
    grep -qs 'Ctrl-C stops' "$work/out" && return
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  cat "$work/out"
  exit 1
}
stop() {
  kill -TERM $pid
  wait $pid || { echo "ended with status $?"; cat "$work/out"; exit 1; }
  pid=
}
ask() { "$build/allod" psql --data "$work/data" -X -A -t -c "$1"; }

start
line=$(sed -n 's/^ *\(PGPASSFILE=.*\)/\1/p' "$work/out")
[ "$(eval "$line -X -A -t -c 'SELECT count(*) > 0 FROM users'")" = t ] || { echo "the printed line does not work: $line"; exit 1; }
[ "$(stat -c %a "$work/data")" = 700 ] && [ "$(stat -c %a "$work/data/password")" = 600 ] || { echo "wrong modes"; exit 1; }
if PGPASSWORD=wrong psql -X -h 127.0.0.1 -p "$port" -U allod -d allod -c 'SELECT 1' >"$work/denied" 2>&1; then
  echo "a wrong password was accepted"
  exit 1
fi
grep -q 'password authentication failed' "$work/denied"
before=$(ask 'SELECT count(*) FROM users')
# A directory is served once, and the second start says so instead of showing the first server's line.
if "$root/tools/run.sh" "$build/allod" "$work/data" 127.0.0.1:0 >"$work/second" 2>&1; then
  echo "a second server was started on one directory"
  exit 1
fi
grep -q 'is in use by process' "$work/second" && ! grep -q 'Connect from' "$work/second" || { cat "$work/second"; exit 1; }
stop
start
[ "$(ask 'SELECT count(*) FROM users')" = "$before" ] || { echo "the data did not survive a restart"; exit 1; }
stop
