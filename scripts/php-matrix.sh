#!/usr/bin/env bash
# Runs the PHP suite on other PHPs than the installed one:
#
#   8.4   Debian 13's packages, unpacked below target/matrix and started by that system's own loader, without chroot
#   zts   Debian 12's PHP sources, compiled thread-safe; besides the suite, requests in parallel threads of one process
#
#   scripts/php-matrix.sh [8.4] [zts]        default: both
#
# JOBS        compiler runs and tests at a time (default: one per processor for PHP, 2 for tests)
# REQUIRE=1   fail where a PHP cannot be had
#
# What cannot be had is skipped, loudly; a PHP that was had and fails, in whatever way, makes this fail. What was unpacked
# and compiled stays below target/matrix for the next run. Nothing is installed into the system except mmdebstrap and what
# PHP's sources need to compile.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh
# shellcheck source=scripts/matrix.sh
source scripts/matrix.sh

# build_and_run NAME PHP_CONFIG PHP: builds the test extension for that PHP and runs the suite on it.
build_and_run() {
	local name=$1 config=$2 php=$3 target=target/matrix/$1-target version words
	version=$("$php" -n -r 'echo PHP_VERSION, PHP_ZTS ? " ZTS" : " NTS";') || { fail "$name" "$php does not start"; return; }
	say "--- $name: PHP $version"
	PHP="$php" PHP_CONFIG="$config" "$cargo" build --release -p sidereal-php --features test-clock --target-dir "$target" ||
		{ fail "$name" "the extension does not compile for PHP $version"; return; }
	if PHP_CONFIG="$config" EXTENSION="$target/release/libsidereal_php.so" scripts/phpt.sh | tee "$matrix/$name.log"; then
		words=$(tail -n 1 "$matrix/$name.log")
		results+=("$name: PHP $version: $words, $(grep -c '^skipped: ' "$matrix/$name.log" || true) skipped")
	else
		fail "$name" "PHP $version: $(tail -n 1 "$matrix/$name.log")"
	fi
}

php84() {
	local root=$matrix/trixie why
	unpack "$root" php8.4-cli,php8.4-cgi,php8.4-dev || { skip 8.4 "$why"; return; }
	wrap "$root" php /usr/bin/php8.4
	wrap "$root" php-cgi /usr/bin/php-cgi8.4
	# Debian's php-config derives its paths from the prefix and asks the system's packages for the programs; these are ours.
	sed -e "s#^prefix=.*#prefix=\"$root/usr\"#" -e 's#^php_sapis=.*dpkg-query.*#php_sapis="cli cgi"#' \
		-e "s#^\( *\)php_cli_binary=.*#\1php_cli_binary=\"$root.bin/php\"#" \
		-e "s#^\( *\)php_cgi_binary=.*#\1php_cgi_binary=\"$root.bin/php-cgi\"#" "$root/usr/bin/php-config8.4" >"$root.bin/php-config"
	chmod +x "$root.bin/php-config"
	SIDEREAL_PHP_CGI="$root.bin/php-cgi" build_and_run 8.4 "$root.bin/php-config" "$root.bin/php"
}

zts() {
	local sources=$matrix/zts-sources root=$matrix/zts
	if [ ! -x "$root/bin/php" ] || [ ! -x "$root/bin/php-cgi" ] || [ ! -f "$root/lib/libphp.a" ]; then
		need gcc libc6-dev make pkg-config xz-utils debian-archive-keyring ||
			{ skip zts "a C compiler and PHP's build tools could not be installed"; return; }
		fetch_sources "$sources" || { skip zts "the sources of php8.2 could not be had from $(mirror); apt's reason is above"; return; }
		compile_zts "$sources"/php-8.2.*/ "$root" || { fail zts "PHP's sources did not compile; see $sources/log"; return; }
	fi
	SIDEREAL_PHP_CGI="$root/bin/php-cgi" build_and_run zts "$root/bin/php-config" "$root/bin/php"
	threads "$root" "$PWD/target/matrix/zts-target/release/libsidereal_php.so"
}

# PHP's runner starts a process for each request, so the suite says nothing about threads. This does.
threads() {
	local root=$1 extension=$2 work flags said
	[ -f "$extension" ] || return 0 # told already
	read -ra flags <<<"$("$root/bin/php-config" --includes) $("$root/bin/php-config" --libs)"
	gcc -O1 -Wall -rdynamic -o "$matrix/zts-threads" tests/threads/threads.c "$root/lib/libphp.a" "${flags[@]}" -lresolv -lpthread ||
		{ fail threads "tests/threads/threads.c does not compile"; return; }
	work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-threads.XXXXXX")
	printf '%s\n' "extension=$extension" session.save_handler=sidereal session.gc_probability=0 session.use_cookies=0 \
		"sidereal.store=\"sqlite:$work/store\"" "sidereal.log=\"file:$work/events\"" date.timezone=UTC >"$work/php.ini"
	# What PHP says goes to stdout: a good run leaves it empty.
	if said=$(timeout 300 "$matrix/zts-threads" "$work/php.ini" 8 150 2>&1 >"$work/stdout") && [ ! -s "$work/stdout" ]; then
		say "threads: $said"
		results+=("threads: $said")
	else
		printf '%s\n' "$said" | head -n 20 >&2
		head -n 40 "$work/stdout" >&2
		fail threads "$(tail -n 1 <<<"$said")$([ ! -s "$work/stdout" ] || echo '; PHP had something to say')"
	fi
	rm -rf "$work"
}

# The conditions are spelt out with &&: bash forgets `set -e` in whatever is followed by ||.
compile_zts() {
	local from=$1 root=$2 log
	log=$(dirname "$from")/log
	say "compiling $(basename "$from") thread-safe, five minutes and more"
	rm -rf "$root"
	(
		cd "$from" &&
			./configure --quiet --prefix="$root" --disable-all --enable-session --enable-pcntl --enable-zts --enable-cli --enable-cgi \
				--enable-embed=static --disable-phpdbg &&
			make -s -j"${JOBS:-$(nproc)}" &&
			make -s install
	) >"$log" 2>&1 && return 0
	tail -n 20 "$log" >&2
	return 1
}

# Reads Debian 12's source index with settings of its own, so that the system's list of sources stays as it is. apt checks
# the signatures.
fetch_sources() {
	local into=$1 options
	rm -rf "$into"
	mkdir -p "$into/lists/partial"
	printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s bookworm main\n' "$(mirror)" >"$into/sources.list"
	options=(-o "Dir::Etc::SourceList=$into/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::lists=$into/lists"
		-o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root)
	(
		cd "$into" &&
			apt-get "${options[@]}" -qq update &&
			apt-get "${options[@]}" -qq source --download-only php8.2 &&
			tar xf php8.2_*.orig.tar.xz
	)
}

[ $# -gt 0 ] || set -- 8.4 zts
for name in "$@"; do
	case $name in
	8.4) php84 ;;
	zts) zts ;;
	*) die "expected 8.4 or zts, found $name" ;;
	esac
done

report "PHP matrix"
