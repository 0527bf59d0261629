#!/usr/bin/env bash
# Puts the built extension into PHP, or takes it out again.
#
#   scripts/install-php.sh install|uninstall
#
# EXTENSION  the library to install (default target/release/libsidereal_php.so)
# DESTDIR    stage the files under this directory instead, for packaging
#
# An ini file that somebody edited is never overwritten or deleted, and neither are stored sessions.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=scripts/php.sh
source scripts/php.sh

stage=${DESTDIR:-}
library=${EXTENSION:-target/release/libsidereal_php.so}
ini_source="php-ext/sidereal.ini"
state_directory=/var/lib/sidereal

# Writing to the system takes root; staging does not.
as_root=(env)
if [ -z "$stage" ] && [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || die "installing into PHP takes root, and there is no sudo: run 'make install-php' as root."
	say "using sudo to write to the system"
	as_root=(sudo)
fi

php=$(php_cli) || die "no php of version $(php_minor) was found: run scripts/bootstrap.sh build."
extension_directory=$(php_config extension-dir)
scan_directory=$("$php" -r 'echo PHP_CONFIG_FILE_SCAN_DIR;' 2>/dev/null)

# Debian keeps one file per module for all SAPIs, and phpenmod links it into each of them. A PHP from elsewhere reads
# one directory.
debian_base=/etc/php/$(php_minor)
if [[ $scan_directory == "$debian_base"/* && -d $debian_base/mods-available ]]; then
	layout=debian
	ini=$debian_base/mods-available/sidereal.ini
elif [ -n "$scan_directory" ]; then
	layout=scan
	ini=$scan_directory/40-sidereal.ini
else
	layout=none
	ini=
fi

# A running PHP has the old library mapped, so the new one gets a file of its own and then the name.
put() {
	local mode=$1 source=$2 target=$stage$3
	"${as_root[@]}" install -d "$(dirname "$target")"
	"${as_root[@]}" install -m "$mode" "$source" "$target.new"
	"${as_root[@]}" mv -f "$target.new" "$target"
}

install_ini() {
	if [ "$layout" = none ]; then
		say "this PHP reads no directory of ini files: copy what you need of $ini_source into $(php_config ini-path)/php.ini"
	elif [ ! -e "$stage$ini" ]; then
		put 644 "$ini_source" "$ini"
		say "installed $stage$ini"
	elif cmp -s "$ini_source" "$stage$ini"; then
		say "unchanged $stage$ini"
	else
		put 644 "$ini_source" "$ini.dist"
		say "kept      $stage$ini, because it was edited; this version's is beside it as $(basename "$ini").dist"
	fi
}

# phpenmod works on the running system; in a staged tree we make the links that it would make.
enable_ini() {
	[ "$layout" = debian ] || return 0
	if [ -z "$stage" ] && command -v phpenmod >/dev/null; then
		"${as_root[@]}" phpenmod -v "$(php_minor)" sidereal
		say "enabled   it for every SAPI of PHP $(php_minor) (phpenmod)"
		return 0
	fi
	local directory
	for directory in "$debian_base"/*/conf.d; do
		"${as_root[@]}" install -d "$stage$directory"
		"${as_root[@]}" ln -sfn "$ini" "$stage$directory/40-sidereal.ini"
	done
	say "enabled   it in $stage$debian_base/*/conf.d"
}

# Like Debian's session directory: everybody may create a directory of their own in it, nobody may list it.
install_state_directory() {
	local target=$stage$state_directory
	if [ ! -d "$target" ]; then
		local owner=(-o root -g root)
		if [ -n "$stage" ] && [ "$(id -u)" -ne 0 ]; then
			owner=() # the package that is being staged sets it
		fi
		"${as_root[@]}" install -d "$(dirname "$target")"
		"${as_root[@]}" install -d -m 1733 "${owner[@]}" "$target"
		say "created   $target ($(stat -c '%U, mode %a' "$target")); each PHP user's sessions and keys go to a private directory in it"
	elif [ "$(stat -c '%a %u' "$target")" != '1733 0' ] && [ -z "$stage" ]; then
		say "kept      $target, though its mode and owner ($(stat -c '%a %U' "$target")) are not 1733 root as expected"
	fi
}

install_all() {
	check_extension_loads "$php" "$(realpath -m "$library")"
	put 644 "$library" "$extension_directory/sidereal.so"
	say "installed $stage$extension_directory/sidereal.so (PHP $(php_config version))"
	install_ini
	enable_ini
	install_state_directory
	cat <<-END

		The extension loads from now on; sessions change hands when you say so. In ${ini:-php.ini}, or in any php.ini:

		  extension=sidereal
		  session.save_handler=sidereal
		  sidereal.profile=standard

		The first is already active${ini:+ there}, the last is the default. Then restart PHP, for example: systemctl restart php$(php_minor)-fpm
	END
}

uninstall_ini() {
	[ -n "$ini" ] || return 0
	if [ "$layout" = debian ] && [ -e "$stage$ini" ]; then
		if [ -z "$stage" ] && command -v phpdismod >/dev/null; then
			"${as_root[@]}" phpdismod -v "$(php_minor)" sidereal
		else
			"${as_root[@]}" rm -f "$stage$debian_base"/*/conf.d/40-sidereal.ini
		fi
	fi
	"${as_root[@]}" rm -f "$stage$ini.dist"
	if [ ! -e "$stage$ini" ]; then
		return 0
	elif cmp -s "$ini_source" "$stage$ini"; then
		"${as_root[@]}" rm -f "$stage$ini"
		say "removed   $stage$ini"
	elif [ "$layout" = scan ]; then
		"${as_root[@]}" mv -f "$stage$ini" "$stage$ini.disabled"
		say "kept      $stage$ini as $(basename "$ini").disabled, because it was edited"
	else
		say "kept      $stage$ini, because it was edited; no SAPI reads it now"
	fi
}

uninstall_all() {
	uninstall_ini
	if [ -e "$stage$extension_directory/sidereal.so" ]; then
		"${as_root[@]}" rm -f "$stage$extension_directory/sidereal.so"
		say "removed   $stage$extension_directory/sidereal.so"
	fi
	if [ -d "$stage$state_directory" ] && ! "${as_root[@]}" rmdir "$stage$state_directory" 2>/dev/null; then
		say "kept      $stage$state_directory with the stored sessions and keys; delete it when nobody needs them any more"
	fi
	say "Where php.ini still says session.save_handler=sidereal, change it, then restart PHP."
}

case ${1:-} in
install) install_all ;;
uninstall) uninstall_all ;;
*) die "expected 'install' or 'uninstall'; found '${1:-}'." ;;
esac
