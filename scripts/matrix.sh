# What php-matrix.sh and redis-matrix.sh share: programs of Debian 13 on an older Debian, and what came of each of them. Sourced.
#
# Debian 13's packages are unpacked below target/matrix, where they stay for the next run, and started by that system's own
# loader, without chroot. Nothing is installed into the system except mmdebstrap.
# shellcheck shell=bash

# shellcheck disable=SC2034 # Whoever sources this uses it.
cargo=$(first_executable "${CARGO:-cargo}" "$HOME/.cargo/bin/cargo") || die "cargo was not found: install Rust from https://rustup.rs."
matrix=$PWD/target/matrix
mkdir -p "$matrix"
results=()
failed=0
skipped=0

skip() {
	printf '\n*** SKIPPED: %s: %s ***\n\n' "$1" "$2" >&2
	results+=("$1: SKIPPED: $2")
	skipped=1
}

fail() {
	printf '\n*** FAILED: %s: %s ***\n\n' "$1" "$2" >&2
	results+=("$1: FAILED: $2")
	failed=1
}

# Where this machine gets its Debian packages from.
mirror() {
	local all
	# shellcheck disable=SC2016 # apt expands it.
	all=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null) || true
	all=${all%%$'\n'*}
	printf '%s\n' "${all:-http://deb.debian.org/debian}"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the packages of this list that are missing.
need() {
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	say "installing ${missing[*]}"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" </dev/null
}

# unpack ROOT PACKAGE,...: packages of Debian 13 with what they need, unless ROOT is there. Says in $why why not.
unpack() {
	local root=$1
	mkdir -p "$root.bin"
	[ -d "$root" ] && return 0
	need mmdebstrap || { why="mmdebstrap could not be installed"; return 1; }
	say "unpacking Debian 13's ${2//,/, }, up to half a minute"
	as_root rm -rf "$root.new"
	if ! as_root mmdebstrap --quiet --variant=extract --include="$2" trixie "$root.new" "$(mirror)"; then
		as_root rm -rf "$root.new"
		# shellcheck disable=SC2034 # The caller reads it.
		why="Debian 13 could not be had from $(mirror); mmdebstrap's reason is above"
		return 1
	fi
	as_root mv "$root.new" "$root"
}

# wrap ROOT NAME PROGRAM: a command, $ROOT.bin/NAME, that starts a program of an unpacked Debian with that system's own
# loader and libraries. PHP's children find the same command in PHP_BINARY.
wrap() {
	local root=$1 name=$2 program=$3 loader libraries
	loader=$(first_of "$root"/usr/lib64/ld-linux-*.so.* "$root"/usr/lib/ld-linux-*.so.*)
	libraries=$(first_of "$root"/usr/lib/*-linux-gnu)
	cat >"$root.bin/$name" <<-END
		#!/bin/sh
		exec "$loader" --argv0 "$root.bin/$name" --library-path "$libraries" "$root$program" "\$@"
	END
	chmod +x "$root.bin/$name"
}

first_of() {
	local path
	for path in "$@"; do
		[ -e "$path" ] && printf '%s\n' "$path" && return 0
	done
	die "none of these exists: $*"
}

# report TITLE: what came of all; fails where something has failed, and with REQUIRE=1 also where something was skipped.
report() {
	say "$1:"
	printf '  %s\n' "${results[@]}"
	[ "$failed" -eq 0 ] && { [ "$skipped" -eq 0 ] || [ "${REQUIRE:-0}" != 1 ]; }
}
