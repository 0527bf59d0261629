#!/usr/bin/env bash
# Hours of use in minutes, on a php-fpm of its own: visitors, log-ins, log-outs, rotations, expiry, killed workers. Ends
# with an error as soon as something grows that should not, or is lost.
#
#   scripts/soak.sh
#
# SOAK_SECONDS       for how long (default 600; from 900 on the size of the database is judged, too)
# EXTENSION          the library to test (default: what `make build-test` builds; its clock can be moved)
# SIDEREAL_TEST_SEED repeats a run, as far as parallel processes can be repeated
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

seconds=${SOAK_SECONDS:-600}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "SOAK_SECONDS is '$seconds'; expected a number of seconds from 1 on."
scripts/bootstrap.sh build demo
if [ -z "${EXTENSION:-}" ]; then
	"${MAKE:-make}" --no-print-directory build-test
fi
extension=$(realpath -m "${EXTENSION:-target/test/release/libsidereal_php.so}")
check_extension_loads "$(php_cli)" "$extension"
cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo

SIDEREAL_EXTENSION=$extension SIDEREAL_SOAK_SECONDS=$seconds \
	"$cargo" test --quiet --package sidereal-tests --test fpm -- --ignored --nocapture soak::
say "soak: passed after $seconds seconds"
