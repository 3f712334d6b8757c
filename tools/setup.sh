#!/usr/bin/env bash
# Installs what building, testing and running Allod needs, on Debian 12: packages by apt, SQLite3 Multiple Ciphers' source
# by npm. Does nothing when everything is there. Needs root or sudo only when something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  g++ make cmake ninja-build ccache mold pkg-config python3 ca-certificates
  libpg-query-dev libprotobuf-c-dev libboost1.81-dev libboost-json1.81-dev
  libssl-dev libsodium-dev libgsasl-dev libcli11-dev libspdlog-dev libfmt-dev
  libabsl-dev libre2-dev libpq-dev tzdata
  libgtest-dev libgmock-dev libbenchmark-dev
  postgresql-client-15 postgresql-15 openssl
  # The clients of tests/clients.
  nodejs python3-psycopg2 python3-psycopg python3-asyncpg python3-sqlalchemy python3-alembic python3-django python3-peewee
  ruby-pg ruby-activerecord libpostgresql-jdbc-java openjdk-17-jdk-headless
)
[ "${1:-}" = bench ] && packages+=(mariadb-server libmariadb-dev gnuplot-nox)
[ "${1:-}" = format ] && packages+=(clang-format)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
command -v npm >/dev/null || missing+=(npm)

if [ "${#missing[@]}" -gt 0 ]; then
  sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: these packages are missing, and installing them needs root: ${missing[*]}" >&2; exit 1; }
    sudo=sudo
  fi
  echo "setup: installing ${missing[*]}"
  # A server that a package brings must not start by itself.
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && ! [ -e /etc/postgresql-common/createcluster.conf ]; then
    # Tests start PostgreSQL servers of their own, in temporary directories: the package is not to make one.
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
    $sudo sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

source_dir=deps/sqlite3/node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3
if [ ! -f "$source_dir/sqlite3.c" ]; then
  echo "setup: fetching SQLite3 Multiple Ciphers"
  (cd deps/sqlite3 && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
fi

if [ ! -d tests/clients/node/node_modules ]; then
  echo "setup: fetching the drivers of Node.js that the tests use"
  (cd tests/clients/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
fi
