#!/usr/bin/env bash
# Starts the FastCGI example on a free port, uses it as browsers and attackers would, and stops it.
# One line per rule, then "N passed, N failed".
#
#   demo/c/check.sh
set -euo pipefail

cd "$(dirname "$0")/../.."
# shellcheck source=demo/c/lib.sh
source demo/c/lib.sh

passed=0
failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-check-c.XXXXXX")
trap 'stop; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# request JAR METHOD PATH [CURL OPTION...]: leaves $status, $scratch/headers and $scratch/body.
request() {
	local jar=$scratch/jar.$1 method=$2 path=$3
	shift 3
	status=$(curl -s --max-time 30 -X "$method" -b "$jar" -c "$jar" -D "$scratch/headers" -o "$scratch/body" \
		-w '%{http_code}' "$@" "http://127.0.0.1:$port$path") || status=000
}

log_in() {
	request "$1" POST /login -d "user=$2" -d "password=$3"
}

jar_id() {
	awk '$6 == "sid" { print $7 }' "$scratch/jar.$1"
}

count_is() { grep -q "data-count=\"$1\"" "$scratch/body"; }
user_is() { grep -q "data-user=\"$1\"" "$scratch/body"; }
status_is() { [ "$status" = "$1" ]; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
sends_no_cookie() { ! grep -qi '^set-cookie:' "$scratch/headers"; }
sends_one_cookie() {
	[ "$(grep -ci '^set-cookie:' "$scratch/headers")" = 1 ] &&
		grep -qiE '^set-cookie: sid=[^;]+; Path=/; HttpOnly; SameSite=Lax' "$scratch/headers"
}
cookie_cleared() { grep -qiE '^set-cookie: sid=; Expires=Thu, 01 Jan 1970.*Max-Age=0' "$scratch/headers"; }

check() {
	local rule=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		say "ok    $rule"
	else
		failed=$((failed + 1))
		say "FAIL  $rule"
		say "      $* did not hold; the last response was $status:"
		sed -e 's/^/      | /' -e '8q' "$scratch/headers"
		tail -n 5 "$work/log/fcgi-login.out"
	fi
}

build_app
start "$(free_port)"
say "demo-c-check: http://127.0.0.1:$port"

request guest GET /
check "a first visit sets one cookie, HttpOnly and SameSite=Lax" sends_one_cookie
check "the counter starts at 1" count_is 1
request guest GET /
check "a second visit gets no new cookie" sends_no_cookie
check "the counter counts" count_is 2
for _ in {1..10}; do
	curl -s -b "$scratch/jar.guest" "http://127.0.0.1:$port/" -o /dev/null &
	visits+=($!)
done
wait "${visits[@]}"
request guest GET /
check "parallel visits to four workers all count" count_is 13

guest_id=$(jar_id guest)
log_in guest alice wrong
request guest GET /
check "a wrong password changes nothing" user_is ''
log_in guest alice wonderland
check "a log-in redirects" status_is 303
alice_id=$(jar_id guest)
check "a log-in changes the ID" differ "$guest_id" "$alice_id"
request guest GET /
check "the user is logged in" user_is alice
check "the log-in kept the counter" count_is 15
request stranger GET / -b "sid=$guest_id"
check "the ID from before the log-in shows no user" user_is ''
check "and gets no cookie" sends_no_cookie
request tossed GET / -b "sid=invented; sid=$alice_id; sid[x]=1"
check "a planted cookie does not hide the good one" user_is alice
request other GET /
other_id=$(jar_id other)
request tossed GET / -b "sid=$other_id; sid=$alice_id"
check "of two that are alive none is served" user_is ''
request forged GET / -b 'sid=invented'
check "an invented ID is replaced" sends_one_cookie

request guest POST /logout
check "a log-out clears the cookie" cookie_cleared
request thief GET / -b "sid=$alice_id"
check "the old cookie shows no user" user_is ''
request thief GET / -b "sid=$alice_id"
check "and can not revive the session" user_is ''
request guest GET /
check "the browser is a guest again" user_is ''

printf '%s\n' "$guest_id" "$alice_id" "$other_id" | sed -nE 'p; s/^.*-(.{20,})$/\1/p' >"$scratch/secrets"
no_id_in_logs() { ! grep -rqFf "$scratch/secrets" "$work/log"; }
check "no session ID is in any log" no_id_in_logs
check "events were logged" test -s "$work/log/events.jsonl"
store_is_private() { [ -n "$(ls -A "$work/store")" ] && [ -z "$(find "$work/store" -perm /077)" ]; }
check "nobody else may read the store" store_is_private

say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
