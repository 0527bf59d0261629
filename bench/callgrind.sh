#!/usr/bin/env bash
# Counts the instructions of one request, in PHP and everything below it but the kernel: they repeat, as times do not.
#
#   bench/callgrind.sh CASE...    changed, unchanged, read_and_close, create, regenerate_false, regenerate_true; or all
#
# The difference between N and 2N cycles leaves out what a process does once.
#
# CALLGRIND_CYCLES  N (default 500)
# CALLGRIND_BYTES   size of a session (default 2048)
# CALLGRIND_KEEP    a directory for the profiles, to look at with callgrind_annotate
# BENCH_DIR, BENCH_HANDLERS (default files sidereal), EXTENSION as in bench/lib.sh
set -euo pipefail

cd "$(dirname "$0")/.."
BENCH_HANDLERS=${BENCH_HANDLERS:-files sidereal}
# shellcheck source=bench/lib.sh
source bench/lib.sh

all_cases=(changed unchanged read_and_close create regenerate_false regenerate_true)
cycles=${CALLGRIND_CYCLES:-500}
bytes=${CALLGRIND_BYTES:-2048}

# instructions HANDLER CASE CYCLES
instructions() {
	local profile=$bench_work/$1.$2.$3.callgrind ids=$bench_work/$1.ids php_command
	if [ "$2" = create ]; then
		ids=/dev/null
	fi
	php_command "$1" "$bench_work/$1"
	valgrind --quiet --tool=callgrind --callgrind-out-file="$profile" \
		"${php_command[@]}" bench/cycles.php "$2" "$3" "$bytes" "$ids" 1 >/dev/null 2>"$bench_work/messages" ||
		die "the case $2 failed with $1 under valgrind: $(tail -n 3 "$bench_work/messages")"
	awk '/^(summary|totals):/ { print $2; exit }' "$profile"
	if [ -n "${CALLGRIND_KEEP:-}" ]; then
		mv "$profile" "$CALLGRIND_KEEP/"
	fi
}

# Sets `counted`: instructions of one cycle.
count() {
	local once twice
	once=$(instructions_of_run "$1" "$2" "$cycles")
	twice=$(instructions_of_run "$1" "$2" $((2 * cycles)))
	counted=$(((twice - once) / cycles))
}

# In a store of its own, with more sessions than cycles: in both runs each of them is visited once, and has been read before.
instructions_of_run() {
	local store=$bench_work/$1 sessions=$((2 * cycles + 200))
	new_store "$1" "$store"
	keep_open "$1" "$store"
	run_php "$1" "$store" bench/cycles.php create "$sessions" "$bytes" "$store.ids" 1 >/dev/null
	run_php "$1" "$store" bench/cycles.php read_and_close "$sessions" "$bytes" "$store.ids" 1 >/dev/null
	instructions "$1" "$2" "$3"
	drop_store "$1" "$store"
}

command -v valgrind >/dev/null || die "valgrind was not found: run scripts/bootstrap.sh valgrind."
[ $# -gt 0 ] || die "expected at least one case: ${all_cases[*]}, or all."
cases=("$@")
if [ "$1" = all ]; then
	cases=("${all_cases[@]}")
fi
for case in "${cases[@]}"; do
	[[ " ${all_cases[*]} " == *" $case "* ]] || die "'$case' is no case; expected some of: ${all_cases[*]}, or all."
done
choose_handlers
bench_begin

printf '%-18s' "instructions"
printf '%18s' "${handlers[@]}"
printf '\n'
for case in "${cases[@]}"; do
	printf '%-18s' "$case"
	baseline=
	for name in "${handlers[@]}"; do
		count "$name" "$case"
		baseline=${baseline:-$counted}
		printf '%10d  (%4d %%)' "$counted" $((100 * counted / baseline))
	done
	printf '\n'
done
