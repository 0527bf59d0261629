#!/usr/bin/env bash
# Runs every test of the C library, and what of its examples ends by itself, under AddressSanitizer and UBSan, then under valgrind.
#
#   scripts/asan.sh [sanitizers] [valgrind]      default: both
#
# The library itself is Rust and not instrumented: what is found is a wrong access on the C side of the border, and what
# was allocated on either side and never freed.
set -euo pipefail

cd "$(dirname "$0")/.."

die() {
	printf 'asan.sh: %s\n' "$*" >&2
	exit 1
}

for name in "$@"; do
	[[ " sanitizers valgrind " == *" $name "* ]] || die "expected sanitizers or valgrind, found '$name'."
done
wanted=" ${*:-sanitizers valgrind} "
work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-asan.XXXXXX")
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
PREFIX=$prefix DESTDIR='' PROFILE=dev scripts/install-c.sh
export LD_LIBRARY_PATH=$prefix/lib PKG_CONFIG_PATH=$prefix/lib/pkgconfig
read -ra flags < <(pkg-config --cflags --libs sidereal)

passed=0
failed=0

# build SOURCE FLAG...: leaves the program as $work/program.
build() {
	local source=$1 language=(cc -std=c11)
	shift
	if [[ $source == *.cpp ]]; then
		language=(c++ -std=c++17)
	fi
	"${language[@]}" -g -O1 -Wall -Wextra -Werror -pedantic -pthread "$@" "$source" -o "$work/program" "${flags[@]}"
}

# judge NAME COMMAND...
judge() {
	local name=$1
	shift
	rm -rf "$work/place"
	mkdir -m 0700 "$work/place"
	if timeout 600 "$@" "$work/place" >"$work/output" 2>&1; then
		passed=$((passed + 1))
		printf 'ok    %s\n' "$name"
	else
		failed=$((failed + 1))
		printf 'FAIL  %s\n' "$name"
		tail -n 60 "$work/output"
	fi
}

for source in capi/tests/*.c capi/tests/*.cpp; do
	name=$(basename "$source")
	if [[ $wanted == *" sanitizers "* ]]; then
		build "$source" -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
		judge "$name, sanitizers" env ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 "$work/program"
	fi
	if [[ $wanted == *" valgrind "* ]]; then
		build "$source"
		# A forked child forgets on purpose what it inherited, and a killed one frees nothing.
		leaks=full
		if [[ $name == fork.c || $name == processes.c ]]; then
			leaks=no
		fi
		# One thread at a time runs under valgrind; fair turns let each of them have the lock.
		judge "$name, valgrind" valgrind --quiet --error-exitcode=9 --fair-sched=yes --leak-check="$leaks" \
			--errors-for-leak-kinds=definite,indirect --show-leak-kinds=definite,indirect "$work/program"
	fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
