# Every command of this project. `make help` lists them.
#
# PHP_CONFIG=/path/to/php-config chooses the PHP; CARGO chooses cargo.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The steps of one command share the package manager, the target directory and loopback ports.
.NOTPARALLEL:

CARGO ?= $(or $(shell command -v cargo),$(HOME)/.cargo/bin/cargo)
PREFIX ?= /usr/local
DESTDIR ?=
# What `make test` passes to cargo test besides --workspace.
TEST_FLAGS ?=

bootstrap := scripts/bootstrap.sh
# A library with the ordinary clock, and one whose clock the tests move; apart, so that neither rebuilds the other.
extension := target/release/libsidereal_php.so
test_extension := target/test/release/libsidereal_php.so

# Runs a script of scripts/ that is not in every checkout yet.
define run_script
	@[ -x scripts/$(1).sh ] || { echo "make $@: scripts/$(1).sh is not there yet, so this command can not run." >&2; exit 1; }
	scripts/$(1).sh
endef

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- build ---

.PHONY: build
build: ## build the PHP extension: target/release/libsidereal_php.so
	@$(bootstrap) build
	$(CARGO) build --release -p sidereal-php
	@echo "built $(extension); 'make install-php' puts it into PHP, 'make demo' shows it"

.PHONY: build-test
build-test: ## build the extension that the tests load, with a clock that they can move
	@$(bootstrap) build
	$(CARGO) build --release -p sidereal-php --features test-clock --target-dir target/test

.PHONY: header
header: ## write include/sidereal.h anew from capi/
	$(call run_script,header)

# --- show ---

.PHONY: demo
demo: ## run a small PHP application on Sidereal at 127.0.0.1:8080 (PORT=, DEMO_ROTATE=, VARIANT=api)
	@demo/run.sh

.PHONY: demo-check
demo-check: ## start both variants of it on free ports, drive them with curl, stop them
	@demo/check.sh

.PHONY: demo-c
demo-c: ## run the FastCGI example of the C library at 127.0.0.1:8081 (PORT=)
	@$(bootstrap) c
	@demo/c/run.sh

.PHONY: demo-c-check
demo-c-check: ## start the same example on a free port, drive it with curl, stop it
	@$(bootstrap) c
	@demo/c/check.sh

# --- test ---

.PHONY: test
test: ## everything that must be green: check, test-rust, phpt, demo-check
	@$(bootstrap) test c
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-rust
	@$(MAKE) --no-print-directory phpt
	@$(MAKE) --no-print-directory demo-check
	@echo "make test: all steps passed"

.PHONY: check
check: ## formatting and lints, and cargo-deny and shellcheck where installed
	@$(bootstrap) build
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check --hide-inclusion-graph licenses bans sources; \
	else echo "check: cargo-deny is not installed, so licences and sources were not looked at (cargo install cargo-deny)"; fi
	@if command -v shellcheck >/dev/null; then shellcheck -x scripts/*.sh demo/*.sh demo/c/*.sh .ci/run; \
	else echo "check: shellcheck is not installed, so the scripts were not looked at (apt-get install shellcheck)"; fi

.PHONY: test-rust
test-rust: build-test ## unit, property, conformance and model tests
	SIDEREAL_EXTENSION=$(CURDIR)/$(test_extension) $(CARGO) test --workspace $(TEST_FLAGS)

# TLS, Sentinels, primaries that die: minutes, so apart.
.PHONY: test-redis-all
test-redis-all: build-test ## the store on Redis on every topology, with its slow tests (make test has the others)
	@$(bootstrap) test c
	$(CARGO) test -p sidereal-core --test redis --test model --test users_model -- --include-ignored
	SIDEREAL_EXTENSION=$(CURDIR)/$(test_extension) $(CARGO) test -p sidereal-tests --test agree -- --include-ignored servers::
	SIDEREAL_EXTENSION=$(CURDIR)/$(test_extension) $(CARGO) test -p sidereal-tests --test fpm -- --include-ignored redis::
	@EXTENSION=$(test_extension) scripts/phpt.sh --redis

.PHONY: test-redis-matrix
test-redis-matrix: build-test ## the same on Debian 13's Valkey and Redis (SERVERS="valkey redis")
	@$(bootstrap) test c
	@CARGO="$(CARGO)" SIDEREAL_EXTENSION=$(CURDIR)/$(test_extension) scripts/redis-matrix.sh $(SERVERS)

.PHONY: phpt
phpt: build-test ## the PHP suite, by PHP's own runner (TESTS=tests/phpt/some/dir)
	@$(bootstrap) test
	@EXTENSION=$(test_extension) scripts/phpt.sh $(TESTS)

.PHONY: valgrind
valgrind: build-test ## the PHP suite under valgrind: leaks and invalid access
	@$(bootstrap) valgrind
	@EXTENSION=$(test_extension) scripts/phpt.sh --valgrind $(TESTS)

.PHONY: test-php-matrix
test-php-matrix: ## the PHP suite on other PHPs: 8.4, thread-safe 8.2 (PHPS="8.4 zts")
	@$(bootstrap) test
	@CARGO="$(CARGO)" scripts/php-matrix.sh $(PHPS)

.PHONY: asan
asan: ## the C side under AddressSanitizer and UBSan, then under valgrind
	@$(bootstrap) c valgrind
	$(call run_script,asan)

.PHONY: asan-php
asan-php: ## the PHP suite with the shim's C and SQLite under AddressSanitizer and UBSan: minutes, where valgrind takes an hour
	@$(bootstrap) test
	CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g" CARGO_PROFILE_RELEASE_LTO=off \
		$(CARGO) build --release -p sidereal-php --features test-clock --target-dir target/sanitizers
	@EXTENSION=target/sanitizers/release/libsidereal_php.so scripts/phpt.sh --sanitizers $(TESTS)

.PHONY: fuzz
fuzz: ## fuzz what parses bytes from outside
	$(call run_script,fuzz)

.PHONY: soak
soak: ## hours of load: memory, locks, the size of the store
	$(call run_script,soak)

.PHONY: faults
faults: ## killed workers, full disks, torn writes
	$(call run_script,faults)

.PHONY: mutants
mutants: ## break the rules of lifecycle and auto-login one arm at a time and see that a test notices each
	$(call run_script,mutate-judge)

.PHONY: bench-c
bench-c: ## the same cycles from C and from Rust, as a ratio
	$(call run_script,bench-c)

.PHONY: bench
bench: ## compare with PHP's files handler in one run
	$(call run_script,bench)

.PHONY: bench-redis
bench-redis: ## compare with phpredis, each with a Redis server of its own, over a Unix socket and TCP
	BENCH_HANDLERS="redis sidereal-redis redis-tcp sidereal-redis-tcp" BENCH_BASELINE=redis scripts/bench.sh cycles

# --- install ---

.PHONY: install-php
install-php: ## put the built extension and a commented sidereal.ini into PHP (DESTDIR=)
	@DESTDIR="$(DESTDIR)" EXTENSION="$(extension)" scripts/install-php.sh install

.PHONY: uninstall-php
uninstall-php: ## take them out again; stored sessions stay
	@DESTDIR="$(DESTDIR)" scripts/install-php.sh uninstall

.PHONY: install-c
install-c: ## install the C library, its header and its pkg-config file (PREFIX=, DESTDIR=)
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install-c.sh
