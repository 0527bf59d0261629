#!/usr/bin/env bash
# Compares one open-commit-close cycle from C with the same cycle from Rust: what does the border cost?
#
#   scripts/bench-c.sh
#
# ROUNDS  turns of each, of which the medians count (default 7)     COUNT  cycles in a turn (default 20000)     BYTES  of payload (default 2048)
set -euo pipefail

cd "$(dirname "$0")/.."

rounds=${ROUNDS:-7} count=${COUNT:-20000} bytes=${BYTES:-2048}
cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
work=$(mktemp -d "${BENCH_DIR:-/var/tmp}/sidereal-bench-c.XXXXXX")
trap 'rm -rf "$work"' EXIT

"$cargo" build --quiet --release --package sidereal-core --example cycles
rust=${CARGO_TARGET_DIR:-target}/release/examples/cycles
PREFIX=$work/prefix DESTDIR='' scripts/install-c.sh >/dev/null
read -ra flags < <(PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig pkg-config --cflags --libs sidereal)
cc -std=c11 -O2 -Wall -Wextra -Werror -pedantic bench/cycles.c -o "$work/cycles" "${flags[@]}"

# turn NAME: one turn, on a store of its own.
turn() {
	local command=("$rust")
	if [ "$1" = c ]; then
		command=(env LD_LIBRARY_PATH="$work/prefix/lib" "$work/cycles")
	fi
	rm -rf "$work/store"
	"${command[@]}" "$work/store" "$count" "$bytes" >>"$work/$1"
}

for ((round = 1; round <= rounds; round++)); do
	# In every second round the other one begins.
	if [ $((round % 2)) -eq 1 ]; then turn rust; turn c; else turn c; turn rust; fi
done
median() {
	sort -n "$1" | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}
printf 'rust %s us, c %s us a cycle of %s bytes; c / rust = %s\n' "$(median "$work/rust")" "$(median "$work/c")" "$bytes" \
	"$(echo "$(median "$work/c") $(median "$work/rust")" | awk '{ printf "%.3f", $1 / $2 }')"
