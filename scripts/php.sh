# Finds the PHP that we build against and run, and its parts. Sourced by the other scripts.
#
# `php-config` decides: two PHP versions may live on one machine, and an extension only loads into the one that it was
# compiled for. PHP_CONFIG chooses another php-config, as it does for the build (ext-php-rs reads the same variable).
# shellcheck shell=bash

# Prints a sentence to stderr and ends the script. Every failure of ours goes through here.
die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

say() {
	printf '%s\n' "$*"
}

# All that php-config knows, asked once: its usage text lists every option with its value.
read_php_config() {
	php_config_text=$("${PHP_CONFIG:-php-config}" 2>/dev/null || true)
}
read_php_config

# php_config OPTION: the value of `php-config --OPTION`, without starting it again.
php_config() {
	local pattern="--$1 +\\[([^]]*)\\]"
	[[ $php_config_text =~ $pattern ]] ||
		die "${PHP_CONFIG:-php-config} was not found or does not know --$1: run scripts/bootstrap.sh build, or set PHP_CONFIG to the php-config of your PHP."
	printf '%s\n' "${BASH_REMATCH[1]}"
}

# "8.2" for 8.2.36.
php_minor() {
	local vernum
	vernum=$(php_config vernum)
	printf '%d.%d\n' $((vernum / 10000)) $((vernum / 100 % 100))
}

# The first of the given names or paths that can be run; daemons live in sbin, which a user's PATH often lacks.
first_executable() {
	local name path
	for name in "$@"; do
		if path=$(PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$name"); then
			printf '%s\n' "$path"
			return 0
		fi
	done
	return 1
}

php_cli() {
	local binary
	binary=$(php_config php-binary)
	if [ -x "$binary" ]; then
		printf '%s\n' "$binary"
	else
		first_executable "php$(php_minor)" php
	fi
}

# SIDEREAL_PHP_CGI names one that does not lie where php-config says.
php_cgi() {
	first_executable "${SIDEREAL_PHP_CGI:-php-cgi-of-php-config}" "$(php_config prefix)/bin/php-cgi$(php_minor)" "$(php_config prefix)/bin/php-cgi" \
		"php-cgi$(php_minor)"
}

php_fpm() {
	first_executable "$(php_config prefix)/sbin/php-fpm$(php_minor)" "$(php_config prefix)/sbin/php-fpm" \
		"php-fpm$(php_minor)"
}

# PHP's own test runner comes with its headers. Debian keeps it beside the API number, php-src in lib/php/build.
php_run_tests() {
	local directory
	for directory in "$(php_config extension-dir)" "$(php_config prefix)/lib/php"; do
		if [ -f "$directory/build/run-tests.php" ]; then
			printf '%s\n' "$directory/build/run-tests.php"
			return 0
		fi
	done
	return 1
}

# Fails with a sentence unless this PHP loads the extension.
check_extension_loads() {
	local php=$1 extension=$2 output
	[ -f "$extension" ] || die "$extension does not exist: 'make build' and 'make build-test' (for the tests) build it; EXTENSION names another one."
	output=$("$php" -n -d "extension=$extension" -m 2>&1) || true
	if ! grep -qix sidereal <<<"$output"; then
		die "$php does not load $extension; it was probably built for another PHP (PHP_CONFIG says $(php_config version)). PHP said: $(
			grep -im1 -e warning -e error -e undefined <<<"$output" || head -n1 <<<"$output"
		)"
	fi
}
