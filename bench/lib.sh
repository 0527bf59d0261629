# The save handlers that the benchmark compares, with their settings and servers. Sourced by scripts/bench.sh and
# bench/callgrind.sh.
#
# EXTENSION       the library to load for sidereal (default: what `make build` builds)
# BENCH_HANDLERS  which handlers to compare (default: files sidereal, and redis and memcached where installed)
# BENCH_DIR       where their stores go (default /var/tmp, which is on a disk; memory would flatter all of them)
# shellcheck shell=bash
# shellcheck source=scripts/php.sh
source scripts/php.sh

bench_php=$(php_cli) || die "no php of version $(php_minor) was found: run scripts/bootstrap.sh build."
bench_extension=
bench_work=
# By handler: the process ID of its server.
declare -A server_pid=()

# has_module NAME: whether this PHP has the loadable module.
has_module() {
	[ -f "$(php_config extension-dir)/$1.so" ]
}

has_handler() {
	case $1 in
	files) true ;;
	sidereal) [ -f "$bench_extension" ] ;;
	redis | redis-tcp) has_module redis && first_executable redis-server >/dev/null ;;
	sidereal-redis | sidereal-redis-tcp) [ -f "$bench_extension" ] && first_executable redis-server >/dev/null ;;
	memcached) has_module memcached && first_executable memcached >/dev/null ;;
	*) die "'$1' in BENCH_HANDLERS is no handler that can be compared; expected files, sidereal, sidereal-redis, sidereal-redis-tcp, redis, redis-tcp or memcached." ;;
	esac
}

# Sets `handlers`; the extension is built when it has to be.
choose_handlers() {
	local wanted=${BENCH_HANDLERS:-files sidereal redis memcached} name
	handlers=()
	if [[ " $wanted" == *" sidereal"* && -z ${EXTENSION:-} ]]; then
		"${MAKE:-make}" --no-print-directory build >&2
	fi
	bench_extension=$(realpath -m "${EXTENSION:-target/release/libsidereal_php.so}")
	for name in $wanted; do
		if has_handler "$name"; then
			handlers+=("$name")
		elif [[ $name == sidereal* ]]; then
			check_extension_loads "$bench_php" "$bench_extension"
		else
			say "bench: $name is not compared, because its PHP module or its server is not installed."
		fi
	done
}

# The same for every handler: what the manual asks for, and nothing that differs from run to run. No cookies: what is
# measured is the handler.
common_settings=(
	session.use_strict_mode="${BENCH_STRICT:-1}" session.use_cookies=0 session.use_trans_sid=0 session.cache_limiter=
	session.lazy_write=1 session.gc_probability=0 session.serialize_handler=php zend.enable_gc=0 memory_limit=-1
	display_errors=stderr
)

# handler_settings NAME DIRECTORY: one a line. Redis and memcached get the settings under which they lose no update.
handler_settings() {
	case $1 in
	files) printf '%s\n' session.save_handler=files "session.save_path=$2" ;;
	sidereal)
		printf '%s\n' "extension=$bench_extension" session.save_handler=sidereal "sidereal.store=sqlite:$2" \
			"sidereal.log=file:$2/events.jsonl" sidereal.anonymous_max=100000000
		;;
	sidereal-redis | sidereal-redis-tcp)
		printf '%s\n' "extension=$bench_extension" session.save_handler=sidereal "sidereal.store=$(address_of "$1" "$2")" \
			"sidereal.keyring=$2/keyring" "sidereal.log=file:$2/events.jsonl" sidereal.anonymous_max=100000000
		;;
	redis | redis-tcp)
		module_settings igbinary msgpack redis
		printf '%s\n' session.save_handler=redis "session.save_path=$(address_of "$1" "$2")?persistent=1" \
			redis.session.locking_enabled=1 redis.session.lock_wait_time=2000 redis.session.lock_retries=5000
		;;
	memcached)
		module_settings igbinary msgpack memcached
		printf '%s\n' session.save_handler=memcached "session.save_path=$2/socket" memcached.sess_persistent=1 \
			memcached.sess_locking=1 memcached.sess_lock_wait_min=1 memcached.sess_lock_wait_max=20 \
			memcached.sess_lock_retries=1000
		;;
	esac
}

# address_of HANDLER DIRECTORY: of a handler's Redis server, in the words of that handler.
address_of() {
	case $1 in
	redis) printf 'unix://%s/socket' "$2" ;;
	redis-tcp) printf 'tcp://127.0.0.1:%s' "$(cat "$2/port")" ;;
	sidereal-redis) printf 'unix:%s/socket' "$2" ;;
	sidereal-redis-tcp) printf 'redis://127.0.0.1:%s' "$(cat "$2/port")" ;;
	esac
}

# A port that nobody has. Whoever takes it before the server does makes the server say so.
free_port() {
	"$bench_php" -n -r '$s = stream_socket_server("tcp://127.0.0.1:0"); echo explode(":", stream_socket_get_name($s, false))[1];'
}

module_settings() {
	local module
	for module in "$@"; do
		if has_module "$module"; then
			printf '%s\n' "extension=$module"
		fi
	done
}

# php_command HANDLER DIRECTORY: sets `php_command`. No ini file of the system takes part.
php_command() {
	local setting
	php_command=("$bench_php" -n)
	while IFS= read -r setting; do
		# In quotes, because a path may hold what an ini file has another meaning for.
		php_command+=(-d "${setting%%=*}=\"${setting#*=}\"")
	done < <(printf '%s\n' "${common_settings[@]}" && handler_settings "$1" "$2")
}

# run_php HANDLER DIRECTORY SCRIPT ARGUMENT...
run_php() {
	local php_command
	php_command "$1" "$2"
	shift 2
	"${php_command[@]}" "$@"
}

# new_store HANDLER DIRECTORY: an empty one; for redis and memcached that is a server of its own.
new_store() {
	mkdir -m 0700 "$2"
	case $1 in
	redis | redis-tcp | sidereal-redis | sidereal-redis-tcp)
		free_port >"$2/port"
		setpriv --pdeathsig TERM redis-server --port "$(cat "$2/port")" --bind 127.0.0.1 --unixsocket "$2/socket" --dir "$2" \
			--save '' --appendonly no --daemonize no >"$2/log" 2>&1 &
		server_pid[$1]=$!
		wait_for "$1" "$2/socket" "$2/log"
		new_keyring "$2/keyring"
		;;
	memcached)
		setpriv --pdeathsig TERM memcached -u "$(id -un)" -s "$2/socket" -m 4096 -I 4m >"$2/log" 2>&1 &
		server_pid[memcached]=$!
		wait_for memcached "$2/socket" "$2/log"
		;;
	esac
}

# keep_open HANDLER DIRECTORY: a process that has the store of sidereal open all the time, as php-fpm's workers have. Who comes alone
# begins without the rows that others have read.
keep_open() {
	[ "$1" = sidereal ] || return 0
	local php_command
	php_command "$1" "$2"
	setpriv --pdeathsig TERM "${php_command[@]}" -r 'session_start(); session_write_close(); touch($argv[1]); sleep(1_000_000);' "$2.open" &
	server_pid[$1]=$!
	wait_for "$1" "$2.open"
	rm "$2.open"
}

# One root key and one working key, of which a benchmark's sessions need not be safe.
new_keyring() {
	(
		umask 077
		printf 'sidereal-keyring 1\nroot %s\nkey 1 %s\n' "$(random_hex)" "$(random_hex)" >"$1"
	)
}

random_hex() {
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# wait_for HANDLER FILE [LOG]: until its process has made the file.
wait_for() {
	local _
	for _ in {1..200}; do
		[ -e "$2" ] && return 0
		kill -0 "${server_pid[$1]}" 2>/dev/null || break
		sleep 0.02
	done
	[ -z "${3:-}" ] || cat "$3" >&2
	die "the private process for $1 did not start; its messages are above."
}

stop_server() {
	local pid=${server_pid[$1]:-}
	[ -n "$pid" ] || return 0
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	unset "server_pid[$1]"
}

drop_store() {
	stop_server "$1"
	rm -rf "$2"
}

bench_begin() {
	bench_work=$(mktemp -d "${BENCH_DIR:-/var/tmp}/sidereal-bench.XXXXXX")
	trap bench_end EXIT
	trap 'exit 130' INT TERM
}

# shellcheck disable=SC2317 # the trap calls it
bench_end() {
	trap '' INT TERM
	local name pid
	# Processes of a measurement that was interrupted.
	for pid in $(jobs -p); do
		kill "$pid" 2>/dev/null || true
	done
	for name in "${!server_pid[@]}"; do
		stop_server "$name"
	done
	rm -rf "$bench_work"
}
