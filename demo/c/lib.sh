# Builds, starts and stops the FastCGI example behind nginx, with everything of theirs in one temporary directory. Sourced by run.sh and check.sh.
#
# SIDEREAL_PREFIX   where the C library is installed (default: target/c-prefix, where it is put)
#
# As root, everything runs as www-data: a web application never runs as root, and a store belongs to one user.
# shellcheck shell=bash

work=
app_pid=
nginx_pid=
as_user=()

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

say() {
	printf '%s\n' "$*"
}

find_nginx() {
	PATH="$PATH:/usr/sbin:/sbin" command -v nginx || die "nginx was not found: run scripts/bootstrap.sh c."
}

build_app() {
	prefix=${SIDEREAL_PREFIX:-$PWD/target/c-prefix}
	nginx=$(find_nginx)
	if [ -z "${SIDEREAL_PREFIX:-}" ]; then
		PREFIX="$prefix" DESTDIR='' scripts/install-c.sh >&2
	fi
	work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-demo-c.XXXXXX")
	mkdir -p "$work"/{log,tmp}
	local flags
	flags=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags --libs sidereal)
	# shellcheck disable=SC2086 # several flags
	"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Werror -pedantic capi/examples/fcgi-login.c -o "$work/fcgi-login" $flags -lfcgi
	cp "$prefix/lib/libsidereal.so.0" "$work/"
	if [ "$(id -u)" -eq 0 ]; then
		local user=www-data
		id -u "$user" >/dev/null 2>&1 || user=nobody
		chown -R "$user:" "$work"
		as_user=(--reuid="$user" --regid="$(id -g "$user")" --clear-groups)
	fi
}

# The access log leaves out the query string and the cookies.
nginx_conf() {
	cat <<-END
		daemon off;
		worker_processes 1;
		pid "$work/nginx.pid";
		error_log "$work/log/nginx-error.log";
		events { worker_connections 512; }
		http {
		  log_format plain '\$remote_addr "\$request_method \$uri" \$status';
		  access_log "$work/log/nginx-access.log" plain;
		  client_body_temp_path "$work/tmp/body";
		  fastcgi_temp_path "$work/tmp/fastcgi";
		  proxy_temp_path "$work/tmp/proxy";
		  scgi_temp_path "$work/tmp/scgi";
		  uwsgi_temp_path "$work/tmp/uwsgi";
		  server_tokens off;
		  server {
		    listen 127.0.0.1:$1;
		    location / {
		      fastcgi_pass "unix:$work/app.sock";
		      fastcgi_param REQUEST_METHOD \$request_method;
		      fastcgi_param DOCUMENT_URI \$document_uri;
		      fastcgi_param CONTENT_TYPE \$content_type;
		      fastcgi_param CONTENT_LENGTH \$content_length;
		      fastcgi_param REMOTE_ADDR \$remote_addr;
		      fastcgi_param HTTPS \$https if_not_empty;
		    }
		  }
		}
	END
}

port_is_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
	local candidate
	for candidate in $(shuf -i 20000-32000 -n 50); do
		port_is_taken "$candidate" || { echo "$candidate"; return; }
	done
	die "no free port was found."
}

# wait_for PID NAME CHECK...: until the check succeeds; not longer than the process lives, nor than ten seconds.
wait_for() {
	local pid=$1 name=$2 _
	shift 2
	for _ in {1..200}; do
		"$@" && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	cat "$work/log/$name"* >&2
	die "$name did not start; its messages are above."
}

start() {
	port=$1
	nginx_conf "$port" >"$work/nginx.conf"
	LD_LIBRARY_PATH=$work setpriv "${as_user[@]}" "$work/fcgi-login" "$work/app.sock" "sqlite:$work/store" \
		"file:$work/log/events.jsonl" >"$work/log/fcgi-login.out" 2>&1 &
	app_pid=$!
	wait_for "$app_pid" fcgi-login test -S "$work/app.sock"
	setpriv "${as_user[@]}" --pdeathsig TERM "$nginx" -c "$work/nginx.conf" >"$work/log/nginx.out" 2>&1 &
	nginx_pid=$!
	wait_for "$nginx_pid" nginx port_is_taken "$port"
}

stop() {
	trap '' INT TERM
	local pid
	for pid in $nginx_pid $app_pid; do
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	nginx_pid='' app_pid=''
	if [ -n "$work" ]; then
		rm -rf "$work"
	fi
}
