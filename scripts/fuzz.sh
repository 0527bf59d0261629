#!/usr/bin/env bash
# Fuzzes what parses bytes from outside, with coverage and AddressSanitizer.
#
#   scripts/fuzz.sh [TARGET...]      default: all of core/fuzz/targets
#
# FUZZ_SECONDS  for how long each (default 60)
#
# It takes unstable flags of the compiler: a nightly one if there is, else the stable one told to accept them.
set -euo pipefail

cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz.sh: FUZZ_SECONDS is '$seconds'; expected a number of seconds from 1 on." >&2; exit 1; }
cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
target_dir=$PWD/target/fuzz
host=$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')

build() {
	RUSTC_BOOTSTRAP=1 RUSTFLAGS="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
		-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
		-Ccodegen-units=1" "$cargo" build --quiet --release --manifest-path core/fuzz/Cargo.toml --target "$host" --target-dir "$target_dir"
}

# The C compiler instruments SQLite as well, and LLVM's runtime takes two static tables of one name in it for one that is there twice.
export ASAN_OPTIONS=detect_odr_violation=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

build
for source in core/fuzz/targets/*.rs; do
	name=$(basename "$source" .rs)
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	mkdir -p "core/fuzz/corpus/$name" "core/fuzz/artifacts/$name"
	printf 'fuzz: %s for %s seconds\n' "$name" "$seconds"
	"$target_dir/$host/release/$name" -max_total_time="$seconds" -max_len=16384 -timeout=5 -print_final_stats=1 \
		-artifact_prefix="core/fuzz/artifacts/$name/" "core/fuzz/corpus/$name" 2>&1 | tail -n 12
done
