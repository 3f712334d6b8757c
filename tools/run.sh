#!/usr/bin/env bash
# Serves a data directory in the foreground; loads the sample when it is new; says how to connect. Ctrl-C stops it cleanly.
#   tools/run.sh ALLOD DATA LISTEN
set -euo pipefail
allod=$1 data=$2 listen=$3
root=$(cd "$(dirname "$0")/.." && pwd)

# A directory that somebody uses already stays as it is.
[ -e "$data/databases" ] || new=1
"$allod" serve --data "$data" --listen "$listen" --log-level warning &
server=$!
# The terminal sends Ctrl-C to the whole group; the server ends by itself, and this script waits for it.
trap 'kill -TERM $server 2>/dev/null || true' INT TERM EXIT

# The lock's first line is the process that serves the directory: it might be another one.
ready() { [ "$(head -n 1 "$data/allod.lock" 2>/dev/null)" = "$server" ] && "$allod" psql --data "$data" --print >/dev/null 2>&1; }
for _ in $(seq 600); do
  ready && break
  kill -0 $server 2>/dev/null || { wait $server; exit $?; }
  sleep 0.1
done
ready || { echo "the server does not come up" >&2; exit 1; }

if [ -n "${new:-}" ]; then
  for script in schema data; do
    "$allod" psql --data "$data" -q -X -v ON_ERROR_STOP=1 -f "$root/examples/owncloud/$script.sql" >/dev/null
  done
  : >"$data/sample"
fi

cat <<END

Allod is serving $data. Connect from another terminal:

    $("$allod" psql --data "$data" --print)
END
[ ! -e "$data/sample" ] || cat <<END

The sample is examples/owncloud: users, groups, files and shares. Try

    GDPR GET users 1;
    EXPLAIN GDPR FORGET users 1;
END
cat <<END

Ctrl-C stops the server.
END

status=0
wait $server || status=$?
# A signal ends the first wait early; the second gives the server's own answer.
if kill -0 $server 2>/dev/null; then
  status=0
  wait $server || status=$?
fi
exit $status
