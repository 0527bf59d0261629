#!/usr/bin/env bash
# Runs the tests of the store on servers with other servers than the installed one, which are Debian 13's:
#
#   valkey    Valkey 8.1
#   redis     Redis 8.0
#
#   scripts/redis-matrix.sh [valkey] [redis]        default: both
#
# SIDEREAL_EXTENSION   a built extension: PHP and C share sessions on them as well
# REQUIRE=1            fail where a server cannot be had
#
# What cannot be had is skipped, loudly; a server that was had and a test that fails on it make this fail.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh
# shellcheck source=scripts/matrix.sh
source scripts/matrix.sh

# run NAME: the tests with NAME-server and NAME-cli.
run() {
	local name=$1 root=$matrix/trixie-$1 bin=$matrix/trixie-$1.bin why version words log=$matrix/$1.log
	unpack "$root" "$name-server,$name-tools" || { skip "$name" "$why"; return; }
	wrap "$root" "$name-server" "/usr/bin/$name-server"
	wrap "$root" "$name-cli" "/usr/bin/$name-cli"
	version=$("$bin/$name-server" --version) || { fail "$name" "$bin/$name-server does not start"; return; }
	say "--- $name: $version"
	if SIDEREAL_REDIS_SERVER="$bin/$name-server" SIDEREAL_REDIS_CLI="$bin/$name-cli" tests 2>&1 | tee "$log"; then
		words=$(awk '/^test result: / { passed += $4; ignored += $8 } END { print passed " tests passed, " ignored " left out" }' "$log")
		results+=("$name: $version: $words")
	else
		fail "$name" "$version: $(grep -c '^test .* FAILED$' "$log" || true) tests failed; see $log"
	fi
}

# The slow ones as well: what happens when a primary dies is where versions differ.
tests() {
	"$cargo" test -p sidereal-core --test redis --test model --test users_model -- --include-ignored || return
	if [ -n "${SIDEREAL_EXTENSION:-}" ]; then
		"$cargo" test -p sidereal-tests --test agree -- --include-ignored servers::
	else
		say "SKIPPED agree: SIDEREAL_EXTENSION names no library; 'make test-redis-matrix' builds and sets it"
	fi
}

[ $# -gt 0 ] || set -- valkey redis
for name in "$@"; do
	case $name in
	valkey | redis) run "$name" ;;
	*) die "expected valkey or redis, found $name" ;;
	esac
done

report "Redis matrix"
