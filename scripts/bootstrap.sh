#!/usr/bin/env bash
# Installs what Sidereal needs on Debian and its relatives, and nothing that is already there.
#
#   scripts/bootstrap.sh GROUP...      groups: build, demo, test, c, valgrind
#
# It looks for commands and files, not for packages: a PHP compiled by hand is as good as Debian's. When everything is
# there it says nothing and never calls apt. It starts no service and leaves none enabled that it brought along.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

packages=()
reasons=()

usage() {
	die "expected at least one of the groups build, demo, test, c, valgrind; found '${1:-}'."
}

# need PACKAGE REASON CHECK...: puts the package on the list unless the check succeeds.
need() {
	local package=$1 reason=$2
	shift 2
	("$@") >/dev/null 2>&1 && return 0 # in a subshell: die() in there only means "not found"
	case " ${packages[*]-} " in
	*" $package "*) ;;
	*)
		packages+=("$package")
		reasons+=("$package ($reason)")
		;;
	esac
}

have() {
	first_executable "$1" >/dev/null
}

have_libclang() {
	compgen -G '/usr/lib/llvm-*/lib/libclang.so*' || compgen -G '/usr/lib/*/libclang-*.so*' ||
		compgen -G '/usr/lib*/libclang.so*' || compgen -G "${LIBCLANG_PATH:-/nonexistent}/libclang*.so*"
}

have_php_headers() {
	[ -f "$(php_config include-dir)/main/php.h" ]
}

need_build() {
	have cargo || [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
		die "cargo was not found: install Rust from https://rustup.rs, then run this again."
	need gcc "compiles the C shim" have cc
	need libc6-dev "compiles the C shim" test -f /usr/include/stdio.h
	need make "runs the Makefile" have make
	need pkg-config "finds libraries" have pkg-config
	need clang "reads PHP's headers" have clang
	need libclang-dev "reads PHP's headers" have_libclang
	need php-cli "the PHP to build for" have php
	need php-dev "PHP's headers and php-config" have "${PHP_CONFIG:-php-config}"
	need php-dev "PHP's headers and php-config" have_php_headers
}

need_demo() {
	need php-fpm "serves the demo application" php_fpm
	need nginx "serves the demo application" have nginx
	need curl "drives the demo application" have curl
	need openssl "makes a certificate for the demo application" have openssl
}

need_test() {
	need php-cgi "runs those phpt tests that look at headers" php_cgi
	need php-dev "PHP's test runner, run-tests.php" php_run_tests
	need sqlite3 "lets phpt tests look into the store" have sqlite3
	need redis-server "the tests start Redis servers of their own" have redis-server
	need redis-tools "drives the Redis servers of the tests" have redis-cli
	need openssl "makes certificates for the Redis servers of the tests" have openssl
}

need_c() {
	need gcc "compiles the C library's examples and tests" have cc
	need g++ "compiles the wrapper for C++" have c++
	need binutils "makes the C library of Rust's archive" have objcopy
	need libfcgi-dev "the FastCGI example" test -f /usr/include/fcgiapp.h
	need libmicrohttpd-dev "the example with threads" test -f /usr/include/microhttpd.h
	need nginx "serves the FastCGI example" have nginx
	need curl "drives the FastCGI example" have curl
}

need_valgrind() {
	need valgrind "looks for leaks and invalid memory access" have valgrind
}

# Root needs no prefix; anybody else needs sudo. Who has neither gets the command to pass on.
choose_root() {
	local by_hand="run as root: apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
	if [ "$(id -u)" -eq 0 ]; then
		as_root=(env)
		say "bootstrap: installing, as root: $(join_reasons)"
	elif have sudo; then
		as_root=(sudo)
		say "bootstrap: installing, through sudo: $(join_reasons)"
		sudo true || die "packages are missing, and sudo refused this user; $by_hand"
	else
		die "packages are missing, and this user is not root and has no sudo; $by_hand"
	fi
}

join_reasons() {
	printf '\n  %s' "${reasons[@]}"
}

# Debian starts a daemon as soon as its package is installed, and nginx would take port 80. policy-rc.d is the agreed way
# to say no; one that an administrator wrote is left alone.
policy=/usr/sbin/policy-rc.d
policy_mark='Written by scripts/bootstrap.sh of Sidereal for the length of one installation; safe to delete.'

forbid_services() {
	if [ -e "$policy" ] && ! grep -qF "$policy_mark" "$policy"; then
		return 0
	fi
	trap allow_services EXIT
	printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" | "${as_root[@]}" tee "$policy" >/dev/null
	"${as_root[@]}" chmod 755 "$policy"
}

allow_services() {
	if grep -qsF "$policy_mark" "$policy"; then
		"${as_root[@]}" rm -f "$policy"
	fi
}

# Names of the services of ours that a machine already has, to tell what was there before from what we brought.
services() {
	local unit
	for unit in /lib/systemd/system/{nginx,redis-server}.service /lib/systemd/system/php*-fpm.service; do
		if [ -e "$unit" ]; then
			basename "$unit"
		fi
	done
}

# A service that was installed but not started would still start with the next boot.
disable_new_services() {
	local before=$1 unit
	command -v systemctl >/dev/null || return 0
	for unit in $(services); do
		if ! grep -qxF "$unit" <<<"$before"; then
			"${as_root[@]}" systemctl disable --quiet "$unit" >/dev/null 2>&1 || true
			say "bootstrap: $unit is installed, not started and not enabled; 'systemctl enable --now $unit' turns it on."
		fi
	done
}

install_packages() {
	local before
	command -v apt-get >/dev/null ||
		die "missing: ${packages[*]} (Debian's names). There is no apt-get here: install them with this system's package manager, then run this again."
	choose_root
	before=$(services)
	forbid_services
	local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
	"${apt[@]}" update ||
		die "'apt-get update' failed: look at the network and at /etc/apt/sources.list, then run this again."
	"${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null ||
		die "apt-get could not install ${packages[*]}: read its message above, then run this again."
	disable_new_services "$before"
}

need_groups() {
	local group
	packages=()
	reasons=()
	need_build # every other group contains it
	for group in "$@"; do
		case $group in
		build) ;;
		demo) need_demo ;;
		test) need_demo && need_test ;;
		c) need_c ;;
		valgrind) need_test && need_valgrind ;;
		*) usage "$group" ;;
		esac
	done
}

[ $# -gt 0 ] || usage
need_groups "$@"
[ ${#packages[@]} -eq 0 ] && exit 0
install_packages
hash -r
read_php_config
need_groups "$@"
[ ${#packages[@]} -eq 0 ] ||
	die "still missing after the installation: ${reasons[*]}. If PHP_CONFIG is set, it must belong to a PHP that has these parts."
