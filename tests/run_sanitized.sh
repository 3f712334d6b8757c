#!/usr/bin/env bash
# Unit tests, SQL scripts and the hostile part of the end-to-end tests under the address and undefined-behaviour sanitizers; what is
# concurrent under the thread sanitizer. Takes a while: the whole tree is built twice more.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

build() { # DIRECTORY SANITIZER TARGETS...
  local directory=$1 sanitizer=$2
  shift 2
  cmake -S . -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DALLOD_SANITIZE="$sanitizer" >"$directory.log" 2>&1 || { cat "$directory.log"; exit 1; }
  cmake --build "$directory" "$@" || exit 1
}

build build-asan address
# Programs that the tests kill cannot look for leaks; the unit tests do.
PATIENCE=6 ASAN_OPTIONS=detect_stack_use_after_return=0 tests/run_all.sh build-asan || status=1

build build-tsan thread --target net_test engine_test session_test allod e2e_test
for test in net_test engine_test session_test; do
  TSAN_OPTIONS=halt_on_error=1 "build-tsan/$test" --gtest_brief=1 || status=1
done
TSAN_OPTIONS=halt_on_error=1 build-tsan/e2e_test --gtest_brief=1 --gtest_filter='Durability.NothingIsLost*:Protocol.*' || status=1
exit $status
