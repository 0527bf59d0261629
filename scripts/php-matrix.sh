#!/usr/bin/env bash
# Runs the PHP suite on other PHPs than the installed one:
#
#   8.4   Debian 13's packages, unpacked below target/matrix and started through their own dynamic loader
#   zts   Debian 12's PHP sources, configured thread-safe
#
#   scripts/php-matrix.sh [8.4] [zts]        default: both
#
# What cannot be had is skipped, loudly. Nothing is installed into the system except mmdebstrap and what PHP's sources need to compile.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

matrix=$PWD/target/matrix
mkdir -p "$matrix"
passed=()
failed=()
skipped=()

skip() {
	printf '\n*** SKIPPED: %s: %s ***\n\n' "$1" "$2" >&2
	skipped+=("$1")
}

# Where this machine gets its Debian packages from.
mirror() {
	# shellcheck disable=SC2016 # apt expands it.
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

need() {
	local missing=()
	for package in "$@"; do
		dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# build_and_run NAME PHP_CONFIG PHP: builds the test extension for that PHP and runs the suite on it.
build_and_run() {
	local name=$1 config=$2 php=$3
	say "--- $name: $("$php" -n -r 'echo PHP_VERSION, PHP_ZTS ? " ZTS" : " NTS";')"
	PHP="$php" PHP_CONFIG="$config" cargo build --release -p sidereal-php --features test-clock --target-dir "target/matrix/$name-target"
	if PHP_CONFIG="$config" EXTENSION="target/matrix/$name-target/release/libsidereal_php.so" scripts/phpt.sh; then
		passed+=("$name")
	else
		failed+=("$name")
	fi
}

# wrap NAME BINARY: a command that starts a program of the unpacked Debian 13 with that system's own loader and libraries.
wrap() {
	local root=$1 name=$2 program=$3
	cat >"$root.bin/$name" <<-END
		#!/bin/sh
		exec "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root$program" "\$@"
	END
	chmod +x "$root.bin/$name"
}

php84() {
	local root=$matrix/trixie
	if [ ! -x "$root/usr/bin/php8.4" ]; then
		need mmdebstrap || { skip 8.4 "mmdebstrap could not be installed"; return; }
		rm -rf "$root"
		if ! as_root mmdebstrap --quiet --variant=essential --include=php8.4-cli,php8.4-cgi,php8.4-dev trixie "$root" "$(mirror)"; then
			as_root rm -rf "$root"
			skip 8.4 "Debian 13 could not be had from this machine's mirror"
			return
		fi
	fi
	mkdir -p "$root.bin"
	wrap "$root" php /usr/bin/php8.4
	wrap "$root" php-cgi /usr/bin/php-cgi8.4
	# php-config names paths of its own system; ours are below the root.
	sed -e "s#/usr/#$root/usr/#g" -e "s#$root/usr/bin/\(env\|sed\)#/usr/bin/\1#g" "$root/usr/bin/php-config8.4" >"$root.bin/php-config"
	sed -i -e "s#^php_cli_binary=.*#php_cli_binary=$root.bin/php#" -e "s#^php_cgi_binary=.*#php_cgi_binary=$root.bin/php-cgi#" \
		-e "s#$root/usr/bin/php8.4#$root.bin/php#g" -e "s#$root/usr/bin/php-cgi8.4#$root.bin/php-cgi#g" "$root.bin/php-config"
	chmod +x "$root.bin/php-config"
	SIDEREAL_PHP_CGI="$root.bin/php-cgi" build_and_run 8.4 "$root.bin/php-config" "$root.bin/php"
}

zts() {
	local version=8.2.32 sources=$matrix/zts-sources root=$matrix/zts
	if [ ! -x "$root/bin/php" ]; then
		need gcc make pkg-config autoconf bison re2c || { skip zts "a C compiler and PHP's build tools could not be installed"; return; }
		fetch_sources "$sources" || { skip zts "the sources of php8.2 could not be had from this machine's mirror"; return; }
		version=$(basename "$(ls -d "$sources"/php-8.2.*/)")
		say "compiling thread-safe ${version}, about five minutes"
		(
			cd "$sources/$version"
			./configure --quiet --prefix="$root" --disable-all --enable-session --enable-zts --enable-cli --enable-cgi --disable-phpdbg
			make -s -j"$(nproc)" >/dev/null 2>make.log || { tail -n 20 make.log; exit 1; }
			make -s install >/dev/null
		) || { skip zts "PHP's sources did not compile; see $sources"; return; }
	fi
	build_and_run zts "$root/bin/php-config" "$root/bin/php"
}

# Reads Debian 12's source index with settings of its own, so that the system's list of sources stays as it is.
fetch_sources() {
	local into=$1
	rm -rf "$into"
	mkdir -p "$into/lists/partial"
	printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s bookworm main\n' "$(mirror)" >"$into/sources.list"
	(
		cd "$into"
		options=(-o "Dir::Etc::SourceList=$into/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::lists=$into/lists"
			-o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root)
		apt-get "${options[@]}" -qq update && apt-get "${options[@]}" -qq source --download-only php8.2 && tar xf php8.2_*.orig.tar.*
	)
}

for name in "${@:-8.4 zts}"; do
	for one in $name; do
		case $one in
			8.4) php84 ;;
			zts) zts ;;
			*) die "expected 8.4 or zts, found $one" ;;
		esac
	done
done

say "PHP matrix: passed: ${passed[*]:-none}; failed: ${failed[*]:-none}; skipped: ${skipped[*]:-none}"
say "${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
[ ${#failed[@]} -eq 0 ]
