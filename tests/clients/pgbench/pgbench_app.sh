# pgbench: its initialization, and each of its built-in scripts in each of its protocols.
step() { # NAME COMMAND...: what it prints must have no error in it
  local name=$1 out
  shift
  if out=$("$@" 2>&1) && ! grep -q 'ERROR\|FATAL\|aborted' <<<"$out"; then
    echo "ok $name"
  else
    echo "FAILED $name: $(grep -m1 'ERROR\|FATAL\|error' <<<"$out")"
  fi
}
number() { # SQL WANTED
  local got
  got=$(psql -X -A -t -c "$1")
  [ "$got" = "$2" ] || { echo "error: $1 is $got, not $2"; return 1; }
}

step initialize pgbench -i -s 1 -q
step accounts number 'SELECT count(*) FROM pgbench_accounts' 100000
step server_side_initialize pgbench -i -I dtGvp -s 1 -q
step foreign_keys pgbench -i -I f -q
step accounts_again number 'SELECT count(*), count(DISTINCT aid), max(bid) FROM pgbench_accounts' '100000|100000|1'
for script in tpcb-like simple-update select-only; do
  for protocol in simple extended prepared; do
    step "$script,$protocol" pgbench -n -b $script -M $protocol -c 4 -j 2 -t 25 --max-tries=10
  done
done
step balances number 'SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history), count(*) FROM pgbench_history' 't|600'
