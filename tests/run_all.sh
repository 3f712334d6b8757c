#!/usr/bin/env bash
# Every test, in one run:   tests/run_all.sh BUILD      Closes with a line "N passed, N failed".
#
# PATIENCE=6 gives everything six times as long, for a build under sanitizers.
#
# 1. tidy (the repository checks itself), 2. unit tests, 3. tests/sql/*.sql and examples/*/*.sql, each on a fresh database and in the
# simple and the extended protocol, 4. the statements of docs/*.md, 5. applications on the usual drivers, 6. end-to-end tests.
set -uo pipefail
build=$(cd "${1:-build}" && pwd)
cd "$(dirname "$0")/.."

passed=0 failed=0
work=$(mktemp -d)
server=
stop_server() {
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null
    wait "$server"
    local status=$?
    server=
    return $status
  fi
}
trap 'stop_server; type stop_cluster >/dev/null 2>&1 && stop_cluster; rm -rf "$work"' EXIT

report() { # NAME STATUS OUTPUT-FILE
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok      $1"
  else
    failed=$((failed + 1))
    echo "FAILED  $1"
    sed 's/^/        /' "$3" | head -60
  fi
}

run() { # NAME COMMAND...
  local name=$1 status=0
  shift
  timeout $((300 * ${PATIENCE:-1})) "$@" >"$work/out" 2>&1 </dev/null || status=$?
  report "$name" $status "$work/out"
}

# A fresh server on a free port: PGHOST and PGPORT say where.
start_server() { # OPTIONS...
  rm -rf "$work/data"
  "$build/allod" serve --data "$work/data" --listen 127.0.0.1:0 --auth trust --log "$work/server.log" "$@" &
  server=$!
  for _ in $(seq 100); do
    address=$(sed -n 2p "$work/data/allod.lock" 2>/dev/null)
    [ -n "$address" ] && break
    kill -0 $server 2>/dev/null || break
    sleep 0.05
  done
  export PGHOST=127.0.0.1 PGPORT=${address##*:} PGUSER=allod PGDATABASE=allod PGAPPNAME=tests
}

echo "== tidy"
run "tests/tidy.py" python3 tests/tidy.py

echo "== unit tests"
for program in "$build"/*_test; do
  name=$(basename "$program")
  [ "$name" = e2e_test ] && continue
  [ -x "$program" ] || continue
  status=0
  timeout $((300 * ${PATIENCE:-1})) "$program" --gtest_brief=1 >"$work/out" 2>&1 </dev/null || status=$?
  # Each case counts.
  ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\?\..*/\1/p' "$work/out" | tail -1)
  bad=$(grep -c '^\[  FAILED  \] .* (.* ms)$' "$work/out")
  passed=$((passed + ${ok:-0}))
  if [ $status -eq 0 ]; then
    echo "ok      $name: ${ok:-0}"
  else
    failed=$((failed + (bad > 0 ? bad : 1)))
    echo "FAILED  $name: $bad"
    grep -vE '^\[ RUN|^\[       OK|level=(debug|info|warning)' "$work/out" | tail -80 | sed 's/^/        /'
  fi
done

echo "== SQL scripts"
for script in tests/sql/*.sql examples/*/*.sql; do
  [ -e "${script%.sql}.out" ] || continue
  for protocol in simple extended; do
    start_server
    run "$script ($protocol)" "$build/sqlrun" --protocol $protocol "$script"
    stop_server || { failed=$((failed + 1)); echo "FAILED  $script ($protocol): the server did not end well"; tail -5 "$work/server.log"; }
  done
done

# The same scripts with the data in a PostgreSQL cluster: the same answers. What differs stands in the list, with its reason.
echo "== SQL scripts on a PostgreSQL cluster"
. tests/cluster.sh
mkdir -p "$work/cluster"
chmod 755 "$work"
if start_cluster "$work/cluster" >"$work/out" 2>&1; then
  for script in tests/sql/*.sql examples/*/*.sql; do
    [ -e "${script%.sql}.out" ] || continue
    grep -qxF "$(basename "$script")" <(sed 's/ *#.*//' tests/cluster_differs.txt) && continue
    for protocol in simple extended; do
      start_server --engine "$(fresh_database allod)"
      run "$script (cluster, $protocol)" "$build/sqlrun" --protocol $protocol "$script"
      stop_server || { failed=$((failed + 1)); echo "FAILED  $script (cluster, $protocol): the server did not end well"; tail -5 "$work/server.log"; }
    done
  done
  run "tests/distribute.sh" tests/distribute.sh "$build"
  run "tests/moving_in.sh" tests/moving_in.sh "$build"
  stop_cluster
else
  report "a PostgreSQL cluster starts" 1 "$work/out"
fi

if [ -e tests/docs.py ]; then
  echo "== documentation"
  start_server
  run "tests/docs.py" python3 tests/docs.py "$build"
  stop_server
fi

echo "== make run"
run "tools/run.sh" tests/run_sample.sh "$build"

echo "== clients"
run "tests/clients/run.py" python3 tests/clients/run.py "$build"
sed -n 's/^ok    /        ok    /p' "$work/out"

echo "== end to end"
if [ -x "$build/e2e_test" ]; then
  for case in $("$build/e2e_test" --gtest_list_tests | awk '/^[^ ]/ {suite = $1} /^ / {print suite $1}'); do
    run "$case" "$build/e2e_test" --gtest_brief=1 --gtest_filter="$case"
  done
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
