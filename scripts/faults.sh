#!/usr/bin/env bash
# The long version of what `make test` tests in passing: killed workers, full disks, memory over many requests.
#
#   scripts/faults.sh
#
# FAULTS_KILLS      workers to kill (default 500)
# FAULTS_STEPS      full disks: with room for 1, 2, ... up to this many pages of 4 KiB (default 150)
# FAULTS_REQUESTS   requests over which a worker's memory must stay flat (default 100000)
# EXTENSION         the library to test (default: what `make build-test` builds)
# SIDEREAL_TEST_SEED repeats a run of the kills
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

scripts/bootstrap.sh build demo
if [ -z "${EXTENSION:-}" ]; then
	"${MAKE:-make}" --no-print-directory build-test
fi
extension=$(realpath -m "${EXTENSION:-target/test/release/libsidereal_php.so}")
check_extension_loads "$(php_cli)" "$extension"
cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo

# One test at a time: each of them wants the whole machine.
run() {
	SIDEREAL_EXTENSION=$extension "$cargo" test --quiet --package sidereal-tests --test fpm -- \
		--nocapture --test-threads 1 "$@"
}

SIDEREAL_TEST_KILLS=${FAULTS_KILLS:-500} run concurrency::
SIDEREAL_TEST_STEPS=${FAULTS_STEPS:-150} run faults::
SIDEREAL_TEST_REQUESTS=${FAULTS_REQUESTS:-100000} run isolation::
say "faults: all passed"
