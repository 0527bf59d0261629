#!/usr/bin/env bash
# Compares Sidereal with PHP's files handler, and with those for Redis and memcached where installed, in one run.
#
#   scripts/bench.sh [SECTION...]
#
#   cycles    microseconds of one request, by kind of request and size of the session
#   distinct  throughput of 2, 8 and 32 processes, each with sessions of its own
#   shared    8 processes that all want one session: throughput, fairness, lost updates
#   size      what a request costs among many sessions (up to 1,000,000)
#   gc        collecting the expired tenth of many sessions, and what requests feel of it
#
# Default: all of them. The handlers take turns (A B C, C B A, ...), and what is printed are medians.
#
# BENCH_QUICK=1   about a minute, with few sessions
# BENCH_ROUNDS    turns of each handler (default 7)
# BENCH_GC_MAX    the largest number of sessions in size and gc (default 1000000: some 8 GB of disk)
# BENCH_TSV       where the raw figures go (default target/bench.tsv)
# BENCH_STRICT=0  the others without session.use_strict_mode, which costs them a system call; Sidereal forces it
# BENCH_BASELINE  the handler that the others are compared with (default files)
# BENCH_DIR, BENCH_HANDLERS, EXTENSION as in bench/lib.sh
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=bench/lib.sh
source bench/lib.sh

all_sections=(cycles distinct shared size gc)
cases=(changed unchanged read_and_close create regenerate_false regenerate_true)

choose_sections() {
	local section
	for section in "$@"; do
		[[ " ${all_sections[*]} " == *" $section "* ]] ||
			die "'$section' is no section; expected some of: ${all_sections[*]}."
	done
	sections=("${@:-${all_sections[@]}}")
}

selected() {
	[[ " ${sections[*]} " == *" $1 "* ]]
}

choose_numbers() {
	local largest
	if [ -n "${BENCH_QUICK:-}" ]; then
		rounds=${BENCH_ROUNDS:-3} stored=1000 cycles=1000 window=1 largest=${BENCH_GC_MAX:-10000}
		payloads=(200 2048) crowds=(2 8)
	else
		rounds=${BENCH_ROUNDS:-7} stored=10000 cycles=10000 window=3 largest=${BENCH_GC_MAX:-1000000}
		payloads=(200 2048 20480) crowds=(2 8 32)
	fi
	[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "BENCH_ROUNDS is '$rounds'; expected a number from 1 on."
	[[ $largest =~ ^[1-9][0-9]*$ && $largest -ge 1000 ]] ||
		die "BENCH_GC_MAX is '$largest'; expected a number from 1000 on."
	# Measurements of several seconds repeat better than those of a fraction of one.
	crowd_rounds=$((rounds < 3 ? rounds : 3))
	local sizes_wanted=(10000 100000 1000000) size
	sizes=()
	for size in "${sizes_wanted[@]}"; do
		if [ "$size" -lt "$largest" ]; then
			sizes+=("$size")
		fi
	done
	sizes+=("$largest")
	# The size for which no payload is named.
	usual=2048
	# How many sessions are visited among many.
	visited=10000
}

# In every second round the handlers come in the opposite order. Sets `turn`.
take_turns() {
	local round=$1 name
	shift
	turn=()
	for name in "$@"; do
		if [ $((round % 2)) -eq 1 ]; then
			turn+=("$name")
		else
			turn=("$name" "${turn[@]}")
		fi
	done
}

# --- figures ---

# figure SECTION CASE BYTES SESSIONS PROCESSES HANDLER ROUND METRIC VALUE
figure() {
	local IFS=$'\t'
	printf '%s\n' "$*" >>"$tsv"
}

begin_figures() {
	mkdir -p "$(dirname "$tsv")"
	printf 'section\tcase\tbytes\tsessions\tprocesses\thandler\tround\tmetric\tvalue\n' >"$tsv"
}

describe_machine() {
	say "sidereal bench: $(date -u +%Y-%m-%dT%H:%MZ), PHP $(php_config version), handlers: ${handlers[*]}"
	say "  processor  $(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n1) x $(nproc)"
	say "  load       $(cut -d' ' -f1-3 /proc/loadavg); above 0.5 or so, trust only cpu-us"
	say "  stores on  $(df --output=fstype,target "$bench_work" | tail -n1 | xargs) ($bench_work), kernel $(uname -r)"
}

progress() {
	if [ -t 2 ]; then
		printf '\r\033[K%s' "$*" >&2
	fi
}

# What was written before is not to be written back during the next measurement.
settle() {
	sync -f "$bench_work"
}

# --- cycles ---

section_cycles() {
	local bytes round
	for bytes in "${payloads[@]}"; do
		for ((round = 1; round <= rounds; round++)); do
			progress "cycles: $bytes bytes, round $round of $rounds"
			cycles_round "$bytes" "$round"
		done
	done
}

# A round begins with fresh stores, because some kinds of requests leave more sessions behind than there were.
cycles_round() {
	local bytes=$1 round=$2 name case turn
	take_turns "$round" "${handlers[@]}"
	for name in "${turn[@]}"; do
		new_store "$name" "$bench_work/$name"
		keep_open "$name" "$bench_work/$name"
		run_php "$name" "$bench_work/$name" bench/cycles.php create "$stored" "$bytes" "$bench_work/$name.ids" 1 \
			>/dev/null
	done
	for case in "${cases[@]}"; do
		settle
		for name in "${turn[@]}"; do
			measure_cycle cycles "$case" "$bytes" "$stored" "$name" "$round"
		done
	done
	for name in "${turn[@]}"; do
		drop_store "$name" "$bench_work/$name"
	done
}

# measure_cycle SECTION CASE BYTES SESSIONS HANDLER ROUND
measure_cycle() {
	local ids=$bench_work/$5.ids wall cpu
	if [ "$2" = create ]; then
		ids=/dev/null
	fi
	read -r wall cpu < <(
		run_php "$5" "$bench_work/$5" bench/cycles.php "$2" "$cycles" "$3" "$ids" "$6"
	) || die "the case $2 could not be measured with $5; its message is above."
	figure "$1" "$2" "$3" "$4" 1 "$5" "$6" us "$wall"
	figure "$1" "$2" "$3" "$4" 1 "$5" "$6" cpu-us "$cpu"
}

# --- many processes ---

# run_crowd HANDLER SCRIPT ARGUMENT...: `crowd` processes at once. @NUMBER@ in an argument becomes the process's number,
# and @START@ the moment at which all begin. Their results go to $bench_work/result.NUMBER.
run_crowd() {
	local name=$1 number start pids=() pid arguments php_command
	shift
	php_command "$name" "$bench_work/$name"
	start=$(($(date +%s%3N) + 600 + 60 * crowd))
	start=${start%???}.${start: -3}
	for ((number = 1; number <= crowd; number++)); do
		arguments=("${@//@NUMBER@/$number}")
		"${php_command[@]}" "${arguments[@]//@START@/$start}" >"$bench_work/result.$number" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || die "one of $crowd processes with $name failed; its message is above."
	done
}

results() {
	local number
	for ((number = 1; number <= crowd; number++)); do
		cat "$bench_work/result.$number"
	done
}

section_distinct() {
	local crowd case round name turn
	for name in "${handlers[@]}"; do
		new_store "$name" "$bench_work/$name"
		keep_open "$name" "$bench_work/$name"
		run_php "$name" "$bench_work/$name" bench/cycles.php create "$stored" "$usual" "$bench_work/$name.ids" 1 \
			>/dev/null
	done
	for crowd in "${crowds[@]}"; do
		for name in "${handlers[@]}"; do
			# One file of IDs for each process: $name.ids.1 and so on.
			awk -v crowd="$crowd" -v to="$bench_work/$name.ids" '{ print > (to "." NR % crowd + 1) }' "$bench_work/$name.ids"
		done
		for case in changed mixed; do
			for ((round = 1; round <= crowd_rounds; round++)); do
				take_turns "$round" "${handlers[@]}"
				settle
				for name in "${turn[@]}"; do
					progress "distinct: $crowd processes, $case, round $round of $crowd_rounds, $name"
					run_crowd "$name" bench/distinct.php "$case" "$bench_work/$name.ids.@NUMBER@" @START@ "$window"
					figure distinct "$case" "$usual" "$stored" "$crowd" "$name" "$round" cycles/s \
						"$(results | awk -v s="$window" '{ sum += $1 } END { printf "%.0f", sum / s }')"
					figure distinct "$case" "$usual" "$stored" "$crowd" "$name" "$round" longest-ms \
						"$(results | awk '$2 > most { most = $2 } END { print most }')"
				done
			done
		done
	done
	for name in "${handlers[@]}"; do
		drop_store "$name" "$bench_work/$name"
	done
}

section_shared() {
	local crowd=8 hold=5000 pause round name turn
	for pause in 0 2000; do
		for ((round = 1; round <= crowd_rounds; round++)); do
			take_turns "$round" "${handlers[@]}"
			for name in "${turn[@]}"; do
				progress "shared: pause $pause us, round $round of $crowd_rounds, $name"
				shared_round "$name" "$pause" "$round"
			done
		done
	done
}

# Ideal is one turn after the other without a gap; a fair wait is one turn of each of the others.
shared_round() {
	local name=$1 pause=$2 round=$3 id counted metric value
	local case="5 ms held"
	if [ "$pause" -gt 0 ]; then
		case="5 ms held, $((pause / 1000)) ms pause"
	fi
	new_store "$name" "$bench_work/$name"
	keep_open "$name" "$bench_work/$name"
	run_php "$name" "$bench_work/$name" bench/cycles.php create 1 "$usual" "$bench_work/$name.ids" 1 >/dev/null
	id=$(cat "$bench_work/$name.ids")
	run_crowd "$name" bench/shared.php "$id" @START@ "$window" "$hold" "$pause"
	counted=$(run_php "$name" "$bench_work/$name" bench/counter.php "$id") || counted=0
	while read -r metric value; do
		figure shared "$case" "$usual" 1 "$crowd" "$name" "$round" "$metric" "$value"
	done < <(
		results | awk -v window="$window" -v counted="$counted" -v crowd="$crowd" '
			{
				increments += $1; failures += $2; turns += $3; squares += $3 * $3; held += $5
				if ($4 > longest) longest = $4
			}
			END {
				mean_turn = turns ? window * 1000 / turns : 0
				print "turns/s", turns / window
				print "share-of-ideal", held / (window * 1000)
				print "lost-updates", increments - counted
				print "failures", failures
				print "longest-wait-ms", longest
				print "wait-to-fair-share", mean_turn ? longest / ((crowd - 1) * mean_turn) : 0
				print "jain-index", squares ? turns * turns / (crowd * squares) : 0
			}'
	)
	drop_store "$name" "$bench_work/$name"
}

# --- many sessions ---

# fill HANDLER COUNT: every tenth session has expired; IDs of the others, as many as are visited, go to $name.ids.
fill() {
	local name=$1 count=$2 store=$bench_work/$1 all=$bench_work/$1.all live=$bench_work/$1.live
	new_store "$name" "$store"
	case $name in
	sidereal)
		"$fill_program" "$store" "$count" "$bench_work/payload" "$live"
		keep_open "$name" "$store"
		;;
	files)
		run_php "$name" "$store" bench/cycles.php create "$count" "$usual" "$all" 1 >/dev/null
		"$bench_php" -n bench/age.php "$store" "$all" >"$live"
		;;
	esac
	awk -v every="$((count * 9 / 10 / visited))" -v visited="$visited" \
		'(every < 2 || NR % every == 1) && kept++ < visited' "$live" >"$bench_work/$name.ids"
	rm -f "$all" "$live"
}

build_fill() {
	local cargo
	cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
	"$cargo" build --quiet --release --package sidereal-core --example fill >&2 ||
		die "core/examples/fill.rs, which fills Sidereal's store, could not be built; cargo's message is above."
	fill_program=${CARGO_TARGET_DIR:-target}/release/examples/fill
}

# Redis and memcached drop what has expired by themselves and keep everything in memory: there is nothing to compare.
section_many() {
	local names=() name size
	for name in "${handlers[@]}"; do
		case $name in files | sidereal) names+=("$name") ;; esac
	done
	"$bench_php" -n bench/payload.php "$usual" >"$bench_work/payload"
	if [[ " ${names[*]} " == *" sidereal "* ]]; then
		build_fill
	fi
	for size in "${sizes[@]}"; do
		for name in "${names[@]}"; do
			progress "size and gc: filling $name with $size sessions"
			fill "$name" "$size"
		done
		settle
		if selected size; then
			measure_size "$size" "${names[@]}"
		fi
		if selected gc; then
			measure_gc "$size" "${names[@]}"
		fi
		for name in "${names[@]}"; do
			drop_store "$name" "$bench_work/$name"
		done
	done
}

measure_size() {
	local size=$1 round case name turn
	shift
	for ((round = 1; round <= rounds; round++)); do
		take_turns "$round" "$@"
		for case in changed unchanged read_and_close create; do
			settle
			for name in "${turn[@]}"; do
				progress "size: $size sessions, $case, round $round of $rounds, $name"
				measure_cycle size "$case" "$usual" "$size" "$name" "$round"
			done
		done
	done
}

# Garbage can be collected once, so there is one round. Two visitors come by meanwhile, and before that for comparison.
measure_gc() {
	local size=$1 name spent removed
	shift
	for name in "$@"; do
		settle
		progress "gc: $size sessions, $name"
		start_visitors "$name"
		sleep 2
		stop_visitors "$name" "$size" quiet
		start_visitors "$name"
		sleep 0.3
		run_php "$name" "$bench_work/$name" -d session.gc_maxlifetime=86400 bench/sweep.php $((size / 10)) \
			>"$bench_work/swept" || die "$name could not collect its garbage; its message is above."
		read -r spent removed <"$bench_work/swept"
		stop_visitors "$name" "$size" during
		figure gc 'a tenth expired' "$usual" "$size" 1 "$name" 1 gc-ms "$spent"
		figure gc 'a tenth expired' "$usual" "$size" 1 "$name" 1 removed "$removed"
	done
}

start_visitors() {
	local number php_command
	php_command "$1" "$bench_work/$1"
	visitors=()
	for number in 1 2; do
		"${php_command[@]}" bench/probe.php "$bench_work/$1.ids" "$number" "$bench_work/stop" \
			>"$bench_work/result.$number" &
		visitors+=($!)
	done
}

# stop_visitors HANDLER SESSIONS WHEN
stop_visitors() {
	local pid crowd=2 metric value
	touch "$bench_work/stop"
	for pid in "${visitors[@]}"; do
		wait "$pid" || die "a visitor with $1 failed; its message is above."
	done
	rm "$bench_work/stop"
	while read -r metric value; do
		figure gc "requests: $3" "$usual" "$2" "$crowd" "$1" 1 "$metric" "$value"
	done < <(
		results | awk '
			{ p50 += $1; if ($2 > p99) p99 = $2; if ($3 > most) most = $3 }
			END { print "p50-ms", p50 / NR; print "p99-ms", p99; print "longest-ms", most }'
	)
}

choose_sections "$@"
choose_numbers
choose_handlers
tsv=${BENCH_TSV:-target/bench.tsv}
begin_figures
bench_begin
describe_machine
for section in cycles distinct shared; do
	if selected "$section"; then
		"section_$section"
	fi
done
if selected size || selected gc; then
	section_many
fi
progress ''
"$bench_php" -n bench/report.php "$tsv"
say "  load       $(cut -d' ' -f1-3 /proc/loadavg) at the end; raw figures: $tsv"
