#!/usr/bin/env bash
# Runs the FastCGI example until Ctrl-C and shows Sidereal's events as they happen.
#
#   demo/c/run.sh        PORT: where to listen on 127.0.0.1 (default 8081)
set -euo pipefail

cd "$(dirname "$0")/../.."
# shellcheck source=demo/c/lib.sh
source demo/c/lib.sh

wanted=${PORT:-8081}
[[ $wanted =~ ^[0-9]+$ && $wanted -ge 1 && $wanted -le 65535 ]] || die "PORT is '$wanted'; expected a number from 1 to 65535."
if port_is_taken "$wanted"; then
	die "port $wanted on 127.0.0.1 is taken; choose another one: PORT=8082 make demo-c"
fi
trap stop EXIT
trap 'exit 0' INT TERM
build_app
start "$wanted"
cat <<-END

	  Sidereal in C runs on  http://127.0.0.1:$port/       alice / wonderland    bob / builder

	  Four worker processes, one store. Log in and look at the cookie; copy it, log out, put it back.
	  Events follow. Ctrl-C stops everything and leaves nothing behind.

END
touch "$work/log/events.jsonl"
setpriv --pdeathsig TERM tail -q -n +1 -F "$work/log/events.jsonl" "$work/log/fcgi-login.out" 2>/dev/null &
wait -n "$app_pid" "$nginx_pid" || true
die "the application or nginx ended by itself."
