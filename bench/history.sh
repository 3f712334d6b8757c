#!/usr/bin/env bash
# What history costs: durable single-row inserts and updates on two tables that differ in WITHOUT HISTORY alone, in turn, by
# pgbench. Usage: bench/history.sh BUILD. Settings by environment: ROWS, SECONDS_PER_ROUND, ROUNDS, CLIENTS. Prints the median
# transactions per second of each, and bytes stored for each version.
set -euo pipefail
build=$(cd "${1:-build}" && pwd)
rows=${ROWS:-20000} seconds=${SECONDS_PER_ROUND:-3} rounds=${ROUNDS:-5} clients=${CLIENTS:-8}
work=$(mktemp -d)
"$build/allod" serve --data "$work/data" --listen 127.0.0.1:0 --socket "$work" --auth trust --log "$work/log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do ls "$work"/.s.PGSQL.* >/dev/null 2>&1 && break; sleep 0.1; done
port=$(ls -A "$work" | sed -n 's/^\.s\.PGSQL\.\([0-9]*\)$/\1/p')
connection=(-h "$work" -p "$port" -U allod)
psql -qX "${connection[@]}" allod <<SQL
CREATE DATA_SUBJECT TABLE users (id INT PRIMARY KEY, name TEXT) WITHOUT HISTORY;
CREATE TABLE kept (id INT PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id), state INT, note TEXT);
CREATE TABLE plain (id INT PRIMARY KEY, user_id INT NOT NULL OWNED_BY users(id), state INT, note TEXT) WITHOUT HISTORY;
INSERT INTO users SELECT g, 'user ' || g FROM generate_series(1, 1000) AS g;
INSERT INTO kept SELECT g, g % 1000 + 1, 0, 'a note of some words, as they are' FROM generate_series(1, $rows) AS g;
INSERT INTO plain SELECT g, g % 1000 + 1, 0, 'a note of some words, as they are' FROM generate_series(1, $rows) AS g;
CREATE SEQUENCE next_id START $((rows + 1));
SQL
for table in kept plain; do
  printf '\\set id random(1, %d)\nUPDATE %s SET state = state + 1 WHERE id = :id;\n' "$rows" $table >"$work/update.$table"
  printf "\\\\set owner random(1, 1000)\nINSERT INTO %s VALUES (nextval('next_id'), :owner, 0, 'a note of some words, as they are');\n" $table \
    >"$work/insert.$table"
done
rate() { # WHAT TABLE CLIENTS
  pgbench -n -M prepared "${connection[@]}" -c "$3" -j 1 -T "$seconds" -f "$work/$1.$2" allod 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for count in "$clients" 1; do
  for what in update insert; do
    : >"$work/kept.rates"
    : >"$work/plain.rates"
    for _ in $(seq "$rounds"); do
      for table in kept plain; do rate $what $table "$count" >>"$work/$table.rates"; done
    done
    with=$(median <"$work/kept.rates") without=$(median <"$work/plain.rates")
    printf '%s, %d clients: %.0f with history, %.0f without: %.2f\n' $what "$count" "$with" "$without" "$(echo "$with $without" | awk '{ print $1 / $2 }')"
  done
done
versions=$(psql -qXAt "${connection[@]}" allod -c "SELECT count(*) FROM allod.history('kept')")
printf '%s versions\n' "$versions"
