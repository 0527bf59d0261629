# Starts and stops the demo application: php-fpm and nginx with everything of theirs in one temporary directory.
# Sourced by run.sh and check.sh.
#
# HANDLER    the session.save_handler (default sidereal; any other one runs without the extension, to compare)
# EXTENSION  the library to load (default: what `make build` builds)
# VARIANT    of the application: plain, which knows nothing of Sidereal, or api, which uses Sidereal's API (default plain)
#
# As root, everything runs as www-data: a web application never runs as root, and Sidereal's store belongs to one user.
# The application is copied, because that user can not read root's checkout.
# shellcheck shell=bash
# shellcheck source=scripts/php.sh
source scripts/php.sh

handler=${HANDLER:-sidereal}
variant=${VARIANT:-plain}
demo_work=
demo_fpm_pid=
demo_nginx_pid=
demo_user=()

demo_build() {
	scripts/bootstrap.sh build demo
	read_php_config
	demo_php=$(php_cli) || die "no php of version $(php_minor) was found: run scripts/bootstrap.sh demo."
	demo_fpm=$(php_fpm) || die "no php-fpm of version $(php_minor) was found: run scripts/bootstrap.sh demo."
	demo_nginx=$(first_executable nginx) || die "nginx was not found: run scripts/bootstrap.sh demo."
	[ "$handler" = sidereal ] || return 0
	if [ -z "${EXTENSION:-}" ]; then
		"${MAKE:-make}" --no-print-directory build >&2
	fi
	demo_extension=$(realpath -m "${EXTENSION:-target/release/libsidereal_php.so}")
	check_extension_loads "$demo_php" "$demo_extension"
}

# The work directory with the application and all configuration. The optional ini lines go to the end of php.ini.
demo_prepare() {
	demo_work=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-demo.XXXXXX")
	mkdir -p "$demo_work"/{log,tmp,app}
	cp -R demo/public demo/src "$demo_work/app/"
	if [ "$variant" = api ]; then
		cp demo/api/index.php "$demo_work/app/public/"
		cp demo/api/resume.js "$demo_work/app/public/"
		cp demo/api/{devices,forms}.php "$demo_work/app/src/"
		demo_make_certificate
	fi
	mkdir -m 0700 "$demo_work/store"
	demo_write_php_ini "$@" >"$demo_work/php.ini"
	demo_write_fpm_conf >"$demo_work/php-fpm.conf"
	if [ "$handler" = sidereal ]; then
		cp "$demo_extension" "$demo_work/sidereal.so"
	fi
	if [ "$(id -u)" -eq 0 ]; then
		local user=www-data
		id -u "$user" >/dev/null 2>&1 || user=nobody
		chown -R "$user:" "$demo_work"
		demo_user=(--reuid="$user" --regid="$(id -g "$user")" --clear-groups)
	fi
}

# For https on loopback, signed by itself.
demo_make_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$demo_work/tls.key" -out "$demo_work/tls.crt" 2>"$demo_work/log/openssl.out" ||
		die "openssl could not make a certificate: $(tail -n 1 "$demo_work/log/openssl.out")"
}

# Sidereal gets PHP's bare defaults: that it needs no other setting is what the demo shows. Other handlers get what PHP's
# manual asks for.
demo_write_php_ini() {
	if [ "$handler" = sidereal ]; then
		cat <<-END
			extension=$demo_work/sidereal.so
			session.save_handler=sidereal
			sidereal.store="sqlite:$demo_work/store"
			sidereal.log="file:$demo_work/log/events.jsonl"
		END
		# Auto-login has to be told where it resumes sessions.
		[ "$variant" != api ] || echo sidereal.autologin_path=/auth/resume
	else
		cat <<-END
			session.save_handler=$handler
			session.save_path="$demo_work/store"
			session.use_strict_mode=1
			session.cookie_httponly=1
			session.cookie_samesite=Lax
		END
	fi
	cat <<-END
		display_errors=0
		html_errors=0
		log_errors=1
		error_log="$demo_work/log/php.log"
	END
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

demo_write_fpm_conf() {
	cat <<-END
		[global]
		error_log = $demo_work/log/php-fpm.log
		daemonize = no
		[demo]
		listen = $demo_work/php-fpm.sock
		listen.mode = 0600
		pm = static
		pm.max_children = 8
		catch_workers_output = yes
	END
}

# The access log leaves out the query string: whoever puts a session ID there must not find it in a log.
demo_write_nginx_conf() {
	cat <<-END
		daemon off;
		worker_processes 1;
		pid "$demo_work/nginx.pid";
		error_log "$demo_work/log/nginx-error.log";
		events { worker_connections 512; }
		http {
		  types { text/css css; text/javascript js; image/svg+xml svg; }
		  log_format plain '\$remote_addr "\$request_method \$uri" \$status';
		  access_log "$demo_work/log/nginx-access.log" plain;
		  client_body_temp_path "$demo_work/tmp/body";
		  fastcgi_temp_path "$demo_work/tmp/fastcgi";
		  proxy_temp_path "$demo_work/tmp/proxy";
		  scgi_temp_path "$demo_work/tmp/scgi";
		  uwsgi_temp_path "$demo_work/tmp/uwsgi";
		  server_tokens off;
		  server {
		    listen 127.0.0.1:$1;
		    $(demo_tls_conf "${2:-}")
		    root "$demo_work/app/public";
		    location / { try_files \$uri /index.php\$is_args\$args; }
		    location = /index.php {
		      fastcgi_pass "unix:$demo_work/php-fpm.sock";
		      fastcgi_param SCRIPT_FILENAME \$document_root/index.php;
		      fastcgi_param SCRIPT_NAME /index.php;
		      fastcgi_param DOCUMENT_ROOT \$document_root;
		      fastcgi_param REQUEST_METHOD \$request_method;
		      fastcgi_param REQUEST_URI \$request_uri;
		      fastcgi_param QUERY_STRING \$query_string;
		      fastcgi_param CONTENT_TYPE \$content_type;
		      fastcgi_param CONTENT_LENGTH \$content_length;
		      fastcgi_param SERVER_PROTOCOL \$server_protocol;
		      fastcgi_param SERVER_NAME \$server_addr;
		      fastcgi_param SERVER_PORT \$server_port;
		      fastcgi_param REMOTE_ADDR \$remote_addr;
		      fastcgi_param REMOTE_PORT \$remote_port;
		      fastcgi_param HTTPS \$https if_not_empty;
		      fastcgi_param REDIRECT_STATUS 200;
		    }
		  }
		}
	END
}

demo_tls_conf() {
	[ -n "$1" ] || return 0
	printf 'listen 127.0.0.1:%s ssl; ssl_certificate "%s"; ssl_certificate_key "%s";' \
		"$1" "$demo_work/tls.crt" "$demo_work/tls.key"
}

port_is_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
	# shellcheck disable=SC2016 # the dollars are PHP's
	"$demo_php" -n -r '$socket = stream_socket_server("tcp://127.0.0.1:0"); echo explode(":", stream_socket_get_name($socket, false))[1];'
}

# demo_start PORT [PORT FOR HTTPS]
# The servers die with this shell, even if it is killed. An empty PHP_INI_SCAN_DIR keeps the system's ini files out.
demo_start() {
	demo_port=$1
	demo_write_nginx_conf "$demo_port" "${2:-}" >"$demo_work/nginx.conf"
	PHP_INI_SCAN_DIR='' setpriv "${demo_user[@]}" --pdeathsig TERM \
		"$demo_fpm" -F -y "$demo_work/php-fpm.conf" -c "$demo_work/php.ini" >"$demo_work/log/php-fpm.out" 2>&1 &
	demo_fpm_pid=$!
	demo_wait_for "$demo_fpm_pid" php-fpm test -S "$demo_work/php-fpm.sock"
	setpriv "${demo_user[@]}" --pdeathsig TERM \
		"$demo_nginx" -c "$demo_work/nginx.conf" >"$demo_work/log/nginx.out" 2>&1 &
	demo_nginx_pid=$!
	demo_wait_for "$demo_nginx_pid" nginx port_is_taken "$demo_port"
}

# demo_wait_for PID NAME CHECK...: until the check succeeds; not longer than the process lives, nor than ten seconds.
demo_wait_for() {
	local pid=$1 name=$2 _
	shift 2
	for _ in {1..200}; do
		"$@" && return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	cat "$demo_work/log/$name"* >&2
	die "$name did not start; its messages are above."
}

demo_stop() {
	local pid
	for pid in $demo_nginx_pid $demo_fpm_pid; do
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in $demo_nginx_pid $demo_fpm_pid; do
		wait "$pid" 2>/dev/null || true
	done
	demo_nginx_pid=
	demo_fpm_pid=
}

demo_remove() {
	if [ -n "$demo_work" ]; then
		rm -rf "$demo_work"
	fi
}
