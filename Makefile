# Every task is one command. `make run` and `make test` work on a fresh Debian 12 machine.
BUILD ?= build
DATA ?= data
LISTEN ?= 127.0.0.1:5433

.PHONY: run test build bench bench-history format setup tidy sanitize clean

run: build
	@tools/run.sh $(BUILD)/allod $(DATA) $(LISTEN)

test: build
	@tests/run_all.sh $(BUILD)

build: setup
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@cmake --build $(BUILD)

# Under address and undefined-behaviour sanitizers, and what is concurrent under the thread sanitizer.
sanitize: setup
	@tests/run_sanitized.sh

# What the peers need comes first: the build finds out what is there.
bench:
	@tools/setup.sh bench
	@$(MAKE) build
	@bench/run.sh $(BUILD)

bench-history: build
	@bench/history.sh $(BUILD)

format:
	@tools/setup.sh format
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

setup:
	@tools/setup.sh

clean:
	rm -rf $(BUILD) $(BUILD).log
