#!/usr/bin/env bash
# Builds the C library and installs it: libsidereal.so.0, libsidereal.a, sidereal.h, sidereal.hpp, sidereal.pc, man pages.
#
#   scripts/install-c.sh
#
# PREFIX       where it will be used (default /usr/local)
# DESTDIR      stage the files under this directory instead, for packaging
# PROFILE      release (default), or dev for a library that checks itself
#
# Rust's archive is linked into one object of which only sidereal_* can be seen: the SQLite and the Rust runtime inside never meet
# those of the program. The shared library is linked from the same object, because rustc can not give symbols a version.
set -euo pipefail

cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
stage=${DESTDIR:-}
profile=${PROFILE:-release}
CC=${CC:-cc}

die() {
	printf 'install-c.sh: %s\n' "$*" >&2
	exit 1
}

[[ $prefix == /* ]] || die "expected PREFIX to be an absolute path, found '$prefix'."
case $profile in
release) built=release options=(--release) ;;
dev) built=debug options=() ;;
*) die "expected PROFILE to be release or dev, found '$profile'." ;;
esac

cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
"$cargo" build --quiet --package sidereal-capi "${options[@]}"
archive=${CARGO_TARGET_DIR:-target}/$built/libsidereal.a
version=$(sed -nE 's/^version = "([^"]+)"$/\1/p' Cargo.toml | head -n1)
soname=libsidereal.so.${version%%.*}

work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-install.XXXXXX")
trap 'rm -rf "$work"' EXIT

link() {
	local symbol wanted=()
	while read -r symbol; do
		wanted+=(-u "$symbol")
	done <capi/symbols.txt
	ld -r --gc-sections -e sidereal_version "${wanted[@]}" "$archive" -o "$work/whole.o"
	# Without the compiler's intermediate code, which some tools stumble over.
	objcopy --strip-debug --remove-section .llvmbc --remove-section .llvmcmd --wildcard --keep-global-symbol='sidereal_*' \
		"$work/whole.o" "$work/sidereal.o"
	(cd "$work" && ar rcs libsidereal.a sidereal.o)
	# dlclose() would take away the code that a thread of ours is running: leases of a store on a server are renewed by one.
	"$CC" -shared -o "$work/$soname" "$work/sidereal.o" -Wl,-soname,"$soname" \
		-Wl,--version-script=capi/sidereal.map -Wl,--gc-sections -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete -lpthread -lm -ldl
}

# A running program has the old library mapped, so the new one gets a file of its own and then the name.
put() {
	local mode=$1 source=$2 target=$stage$prefix/$3
	install -d "$(dirname "$target")"
	install -m "$mode" "$source" "$target.new"
	mv -f "$target.new" "$target"
}

link
put 755 "$work/$soname" "lib/libsidereal.so.$version"
ln -sfn "libsidereal.so.$version" "$stage$prefix/lib/$soname"
ln -sfn "$soname" "$stage$prefix/lib/libsidereal.so"
put 644 "$work/libsidereal.a" lib/libsidereal.a
put 644 include/sidereal.h include/sidereal.h
put 644 include/sidereal.hpp include/sidereal.hpp
sed -e "s#@prefix@#$prefix#" -e "s#@version@#$version#" capi/sidereal.pc.in >"$work/sidereal.pc"
put 644 "$work/sidereal.pc" lib/pkgconfig/sidereal.pc
for page in capi/man/*.[37]; do
	put 644 "$page" "share/man/man${page##*.}/$(basename "$page")"
done
printf 'installed libsidereal %s to %s\n' "$version" "$stage$prefix"
if [ -z "$stage" ] && [ "$(id -u)" -eq 0 ] && grep -rqsxF "$prefix/lib" /etc/ld.so.conf /etc/ld.so.conf.d; then
	PATH="$PATH:/usr/sbin:/sbin" ldconfig
fi
