#!/usr/bin/env bash
# Runs the phpt suite with PHP's own runner and ends with "N passed, N failed".
#
#   scripts/phpt.sh [--valgrind | --sanitizers] [--redis] [PATH...]      paths of tests or directories; default: tests/phpt
#
# With --sanitizers the library's C is expected to be compiled for AddressSanitizer and UBSan (make asan-php), and a word of theirs is a failure.
# With --redis the sites of the tests keep their sessions on a Redis server, which is started for them.
#
# EXTENSION  the library to load (default: the test build; "none" loads nothing)
# JOBS       tests at a time (default 2)
#
# The runner writes its results beside the tests, so it gets a copy of them. Tests find a private directory of mode 0700
# in SIDEREAL_TEST_DIR, and the default store lands there too; SIDEREAL_ROOT is this repository.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

root=$PWD
extension=${EXTENSION:-$root/target/test/release/libsidereal_php.so}
options=(-q -n -j"${JOBS:-2}" --offline --no-progress --no-color -g 'FAIL,BORK,WARN,LEAK,SKIP' --set-timeout 120)

server=
valgrind=
if [ "${1:-}" = --valgrind ]; then
	shift
	command -v valgrind >/dev/null || die "valgrind was not found: run scripts/bootstrap.sh valgrind."
	valgrind=yes
	# Regular expressions are compiled to code that valgrind does not understand; and everything takes fifty times as long.
	options+=(-m -d pcre.jit=0 --set-timeout 1800)
fi
sanitizers=
if [ "${1:-}" = --sanitizers ]; then
	shift
	sanitizers=yes
fi

if [ "${1:-}" = --redis ]; then
	shift
	server=$(first_executable redis-server) || die "redis-server was not found: run scripts/bootstrap.sh test."
fi

php=$(php_cli) || die "no php of version $(php_minor) was found: run scripts/bootstrap.sh test."
cgi=$(php_cgi) || die "no php-cgi of version $(php_minor) was found: run scripts/bootstrap.sh test."
runner=$(php_run_tests) || die "PHP's run-tests.php was not found: run scripts/bootstrap.sh test."

if [ "$extension" != none ]; then
	if [ -z "$sanitizers" ]; then
		check_extension_loads "$php" "$extension"
	fi
	extension=$(realpath "$extension")
	options+=(-d "extension=$extension")
fi

[ -d tests/phpt ] || die "tests/phpt does not exist, so there is nothing to run."
work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-phpt.XXXXXX")
server_pid=
# shellcheck disable=SC2317 # the trap calls it
end() {
	if [ -n "$server_pid" ]; then
		kill "$server_pid" 2>/dev/null || true
		wait "$server_pid" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
mkdir -m 0700 "$work/private"
mkdir "$work/tests"
cp -R tests/phpt "$work/tests/phpt"

# The same paths, in the copy.
selected=()
for path in "${@:-tests/phpt}"; do
	path=$(realpath --relative-to="$root" "$path" 2>/dev/null) || true
	[ -e "$work/$path" ] || die "${path:-the path} is no test or directory under tests/phpt."
	selected+=("$work/$path")
done

if [ -n "$server" ]; then
	export SIDEREAL_TEST_REDIS=$work/redis
	"$server" --port 0 --unixsocket "$SIDEREAL_TEST_REDIS" --dir "$work" --save '' --appendonly no --daemonize no >"$work/redis.log" 2>&1 &
	server_pid=$!
	for _ in {1..250}; do
		[ ! -S "$SIDEREAL_TEST_REDIS" ] || break
		sleep 0.02
	done
	[ -S "$SIDEREAL_TEST_REDIS" ] || die "the private Redis server did not start: $(tail -n 3 "$work/redis.log")"
fi

environment=()
if [ -n "$valgrind" ]; then
	# The processes of the tests' sites, most of the work, start once for each command line.
	mkdir "$work/forkserver"
	cc -O1 -o "$work/forkserver/forkserver_run" tests/phpt/forkserver/client.c
	# shellcheck disable=SC2046 # options
	cc -O1 -shared -fPIC $(php_config includes) -o "$work/forkserver/forkserver.so" tests/phpt/forkserver/server.c
	printf '%s\n' valgrind -q --trace-children=no "--log-file=$work/report.%p" >"$work/forkserver/prefix"
	export SIDEREAL_TEST_WRAPPER="env USE_ZEND_ALLOC=0 $work/forkserver/forkserver_run"
	environment=("VALGRIND_OPTS=--trace-children-skip=*/env,*/sqlite3")
fi
if [ -n "$sanitizers" ]; then
	cc -shared -fPIC -o "$work/flat_dlopen.so" tests/phpt/flat_dlopen.c
	preload=$work/flat_dlopen.so:$(cc -print-file-name=libasan.so):$(cc -print-file-name=libubsan.so)
	# With malloc instead of PHP's own allocator, of whose blocks the sanitizers know nothing. What PHP leaves behind is no leak of ours.
	environment=("LD_PRELOAD=$preload" "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0:log_path=$work/report"
		"UBSAN_OPTIONS=print_stacktrace=1:log_path=$work/report" USE_ZEND_ALLOC=0)
	export SIDEREAL_TEST_WRAPPER="env ${environment[*]}"
fi

# The runner's status says less than its list of results, which is what we read; without that list it has not run.
SIDEREAL_ROOT="$root" SIDEREAL_TEST_DIR="$work/private" XDG_STATE_HOME="$work/private" SIDEREAL_EXTENSION="$extension" \
	TEST_PHP_EXECUTABLE="$php" TEST_PHP_CGI_EXECUTABLE="$cgi" \
	env "${environment[@]}" "$php" -n "$runner" "${options[@]}" -W "$work/results" "${selected[@]}" >"$work/output" 2>&1 || true

if [ ! -s "$work/results" ]; then
	tail -n 40 "$work/output" >&2
	die "PHP's test runner ended without running a test; its last words are above."
fi

# results STATUS...: the tests with one of these results, as paths of this repository.
results() {
	local pattern
	pattern=$(IFS='|' && echo "$*")
	sed -nE "s#^($pattern)[[:space:]]+$work/##p" "$work/results" | sort
}

show_file() {
	if [ -s "$1" ]; then
		sed "s#$work/##g" "$1"
		echo
	fi
}

failures=$(results FAILED BORKED LEAKED WARNED)
for test in $failures; do
	printf '\n--- %s: %s\n' "$test" "$(sed -n '2p' "$test")"
	show_file "$work/${test%.phpt}.diff"
	show_file "$work/${test%.phpt}.mem"
	sed -nE "s#$work/##g; \\#^(BORK|WARN) .*$test#p" "$work/output"
done

for test in $(results SKIPPED); do
	say "skipped: $test: $(sed -n "s#.*$test\].*reason: *##p" "$work/output" | head -n1)"
done
for test in $(results XFAILED XLEAKED); do
	say "failed as expected: $test"
done

for report in "$work"/report*; do
	if [ -s "$report" ]; then
		cat "$report"
		failures+=$'\n'${report##*/}
	fi
done

failed=$(grep -c . <<<"$failures" || true)
say "$(results PASSED XFAILED XLEAKED | grep -c . || true) passed, $failed failed"
[ "$failed" -eq 0 ]
