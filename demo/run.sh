#!/usr/bin/env bash
# Runs the demo application until Ctrl-C and shows Sidereal's events as they happen.
#
#   demo/run.sh
#
# PORT         where to listen on 127.0.0.1 (default 8080)
# DEMO_ROTATE  seconds after which a session ID is replaced, to see it happen (default: the profile's 15 minutes)
# HANDLER      another save handler to compare with (default sidereal)
# VARIANT      api: the application tells Sidereal who has logged in, and has a page of devices (default plain)
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=demo/lib.sh
source demo/lib.sh

port=${PORT:-8080}
tail_pid=
tls_port=

# shellcheck disable=SC2317 # the trap calls it
stop() {
	trap '' INT TERM
	if [ -n "$tail_pid" ]; then
		kill "$tail_pid" 2>/dev/null || true
	fi
	demo_stop
	demo_remove
}

# A quarter of the interval as grace and half of it until the alarm, so that theft shows as quickly as rotation.
rotation_settings() {
	[ -n "${DEMO_ROTATE:-}" ] || return 0
	[[ $DEMO_ROTATE =~ ^[0-9]+$ && $DEMO_ROTATE -ge 8 && $DEMO_ROTATE -le 900 ]] ||
		die "DEMO_ROTATE is '$DEMO_ROTATE'; expected a number of seconds from 8 to 900."
	printf '%s\n' "sidereal.rotate_interval=$DEMO_ROTATE" "sidereal.grace=$((DEMO_ROTATE / 4))" \
		"sidereal.alarm_after=$((DEMO_ROTATE / 2))"
}

introduce() {
	cat <<-END

		  Night Market runs on  http://127.0.0.1:$port/   (session.save_handler=$handler)

		  alice / wonderland    bob / builder

		  To try:
		  * Fill the cart as a guest, then log in: the cart stays, the session ID changes. The page's footer shows a
		    fingerprint of it.
		  * "Five slow requests at once" on the first page: every one of them counts, because each waits for its turn.
		  * Log in, open a second tab, log out in the first: the second is logged out too, at once.
		  * Copy the cookie PHPSESSID, log out, then put it back: it is worth nothing any more.
		  * Invent one:  curl -si -b PHPSESSID=invented http://127.0.0.1:$port/ | grep -i set-cookie
	END
	if [ -n "$tls_port" ]; then
		cat <<-END
			  * https://127.0.0.1:$tls_port/ has the same by https, with a certificate that the browser does not know. Log in there and stay
			    logged in: close the browser, come back, and no password is asked for until you delete the account.
		END
	fi
	if [ -n "${DEMO_ROTATE:-}" ]; then
		cat <<-END
			  * Copy the cookie, go on clicking for $DEMO_ROTATE s until the fingerprint changes, and for $((DEMO_ROTATE / 2)) s more; then
			    use the copy, as a thief would: it is refused, an event says so, and the session is ended for both.
		END
	else
		cat <<-END
			  * IDs change by themselves every 15 minutes. To see that sooner, and a stolen cookie found out:
			    DEMO_ROTATE=60 make demo
		END
	fi
	if [ "$variant" = api ]; then
		cat <<-END
			  * Log in with a second browser, then sign it out on the page of devices: its next click tells it why.
			  * Delete the account: the password is asked for first, and the proof is good once.
		END
	elif [ "$handler" = sidereal ]; then
		cat <<-END
			  * Devices, sign-out from afar, proofs before what cannot be undone:  VARIANT=api make demo
		END
	fi
	cat <<-END

		  Events and PHP's messages follow. Ctrl-C stops everything and leaves nothing behind.

	END
}

[[ $port =~ ^[0-9]+$ && $port -ge 1 && $port -le 65535 ]] || die "PORT is '$port'; expected a number from 1 to 65535."
settings=$(rotation_settings)
if port_is_taken "$port"; then
	die "port $port on 127.0.0.1 is taken; choose another one: PORT=8081 make demo"
fi
demo_build

trap stop EXIT
trap 'exit 0' INT TERM
demo_prepare "$settings"
tls_port=$([ "$variant" != api ] || free_port)
demo_start "$port" "$tls_port"
introduce
touch "$demo_work/log/php.log"
setpriv --pdeathsig TERM tail -q -n +1 -F "$demo_work/log/events.jsonl" "$demo_work/log/php.log" 2>/dev/null &
tail_pid=$!
wait -n "$demo_fpm_pid" "$demo_nginx_pid" || true
cat "$demo_work"/log/php-fpm.log "$demo_work"/log/nginx-error.log >&2
die "php-fpm or nginx ended by itself; their messages are above."
