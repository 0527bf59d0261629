#!/usr/bin/env bash
# Starts the demo application on a free port, uses it as browsers and attackers would, and stops it.
# One line per rule, then "N passed, N failed".
#
#   demo/check.sh        HANDLER and EXTENSION as in lib.sh
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=demo/lib.sh
source demo/lib.sh

passed=0
failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sidereal-check.XXXXXX")

# shellcheck disable=SC2317 # the trap calls it
stop() {
	trap '' INT TERM
	demo_stop
	demo_remove
	rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 130' INT TERM

# --- a browser: one cookie jar each ---

# request JAR METHOD PATH [CURL OPTION...]: leaves $status, $scratch/headers and $scratch/body; remembers every ID seen.
request() {
	local jar=$scratch/jar.$1 method=$2 path=$3
	shift 3
	status=$(curl -sk --max-time 30 -X "$method" -b "$jar" -c "$jar" -D "$scratch/headers" -o "$scratch/body" \
		-w '%{http_code}' "$@" "$url$path") || status=000
	issued_ids >>"$scratch/ids"
}

# send_id ID PATH: a request with exactly this session ID, from somebody without a jar.
send_id() {
	rm -f "$scratch/jar.stranger"
	request stranger GET "$2" -b "PHPSESSID=$1"
}

issued_ids() {
	sed -nE 's/^set-cookie: PHPSESSID=([^;]+).*$/\1/Ip' "$scratch/headers" | grep -vx deleted || true
}

# submit JAR PAGE ACTION [CURL OPTION...]: fetches the page for its CSRF token, then posts the form.
submit() {
	local jar=$1 page=$2 action=$3
	shift 3
	request "$jar" GET "$page"
	request "$jar" POST "$action" --data-urlencode "csrf=$(csrf)" --data-urlencode "csrf_token=$(csrf)" "$@"
}

log_in() {
	submit "$1" /login /login --data-urlencode "user=$2" --data-urlencode "password=$3"
}

csrf() {
	sed -nE 's/.*name="csrf(_token)?" value="([^"]*)".*/\2/p' "$scratch/body" | head -n1
}

jar_id() {
	awk '$6 == "PHPSESSID" { print $7 }' "$scratch/jar.$1"
}

counter() {
	sed -nE 's/.*data-counter="([0-9]+)".*/\1/p' "$scratch/body"
}

# --- what can be checked about the last response ---

status_is() { [ "$status" = "$1" ]; }
page_has() { grep -qF -- "$1" "$scratch/body"; }
page_lacks() { [ -s "$scratch/body" ] && ! page_has "$1"; }
user_is() { page_has "data-user=\"$1\""; }
no_user() { status_is 200 && page_lacks 'data-user='; }
equal() { [ "$1" = "$2" ]; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
sends_no_cookie() { ! grep -qi '^set-cookie:' "$scratch/headers"; }
one_safe_cookie() {
	[ "$(grep -ci '^set-cookie:' "$scratch/headers")" = 1 ] &&
		grep -qiE '^set-cookie: PHPSESSID=[^;]+;(.*; *)?HttpOnly' "$scratch/headers" &&
		grep -qiE '^set-cookie: PHPSESSID=[^;]+;(.*; *)?SameSite=Lax' "$scratch/headers"
}
replaced() { no_user && differ "$(issued_ids)" "$1"; }
cookie_cleared() { grep -qiE '^set-cookie: PHPSESSID=(deleted)?;.*Max-Age=0' "$scratch/headers"; }

# check RULE COMMAND...
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
	fi
}

# --- the rules ---

guests() {
	request guest GET /
	check "a first visit sets one cookie, HttpOnly and SameSite=Lax" one_safe_cookie
	local id
	id=$(jar_id guest)
	request guest GET /counter
	check "the counter starts at 1" equal "$(counter)" 1
	check "a second visit gets no new cookie" sends_no_cookie
	request guest GET /counter
	request guest GET /counter
	check "the counter counts" equal "$(counter)" 3
	check "the session ID stays the same meanwhile" equal "$(jar_id guest)" "$id"
	submit guest /shop /shop/add -d item=lantern
	submit guest /shop /shop/add -d item=lantern
	submit guest /shop /shop/note --data-urlencode "note=$marker <b>\"&'"
	request guest GET /shop
	check "the cart keeps what is put into it" page_has 'data-cart="2"'
	check "what a visitor types is escaped" page_has "$marker &lt;b&gt;&quot;&amp;&#039;"
	request other GET /shop
	check "another visitor sees nothing of it" page_lacks "$marker"
}

parallel_requests() {
	local before id pids=() pid answered=0 i
	request guest GET /counter
	before=$(counter)
	id=$(jar_id guest)
	for i in {1..20}; do
		curl -s --max-time 30 -o "$scratch/parallel.$i" -D "$scratch/parallel-headers.$i" -b "PHPSESSID=$id" \
			"$url/slow?ms=20" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || true
	done
	answered=$(cat "$scratch"/parallel.* | grep -c 'data-counter=' || true)
	request guest GET /counter
	check "20 parallel requests are all answered" equal "$answered" 20
	check "20 parallel requests are all counted" equal "$(counter)" $((before + 21))
}

log_ins() {
	guest_id=$(jar_id guest)
	request guest POST /login -d csrf=0123456789abcdef -d user=alice -d password=wonderland
	check "a wrong CSRF token is refused" status_is 403
	log_in guest alice looking-glass
	check "a wrong password is refused" status_is 401
	request guest GET /account
	check "the account stays closed to who is not logged in" status_is 303
	check "a refused log-in leaves the session ID alone" equal "$(jar_id guest)" "$guest_id"

	log_in guest alice wonderland
	check "the right password logs in" status_is 303
	check "the log-in sets one cookie, HttpOnly and SameSite=Lax" one_safe_cookie
	alice_id=$(jar_id guest)
	check "the log-in changes the session ID" differ "$alice_id" "$guest_id"
	request guest GET /shop
	check "the user is logged in" user_is alice
	check "the cart survives the log-in" page_has 'data-cart="2"'
	send_id "$guest_id" /shop
	check "the ID from before the log-in never shows the user" no_user
	check "the ID from before the log-in is never sent the new one" equal "$(grep -cxF -- "$alice_id" <(issued_ids))" 0
	request guest GET /account
	check "the log-in lasts" user_is alice
}

invented_ids() {
	local query_id
	send_id "$(tr '0-9a-z' 'b-za-k' <<<"$alice_id")" /counter
	check "an unknown ID is replaced" replaced "$(tr '0-9a-z' 'b-za-k' <<<"$alice_id")"
	send_id "${alice_id%?}$([ "${alice_id: -1}" = a ] && echo b || echo a)" /
	check "a forged ID is replaced" replaced "${alice_id%?}$([ "${alice_id: -1}" = a ] && echo b || echo a)"
	send_id attacker-chosen-0123456789abcdef /
	check "an ID of somebody's own choosing is replaced" replaced attacker-chosen-0123456789abcdef
	send_id '../../../etc/passwd' /
	check "an ID that is no ID is replaced" replaced '../../../etc/passwd'
	rm -f "$scratch/jar.stranger"
	request stranger GET "/?PHPSESSID=$alice_id"
	check "an ID in the query is ignored" no_user
	query_id=$(jar_id stranger)
	check "an ID in the query is not adopted" differ "$query_id" "$alice_id"
	rm -f "$scratch/jar.stranger"
	request stranger POST / -d "PHPSESSID=$alice_id"
	check "an ID in the body is ignored" page_lacks 'data-user='
	request guest GET /account
	check "the user is not disturbed by any of this" user_is alice
}

log_outs() {
	log_in second bob builder
	request second GET /account
	check "a second user logs in" user_is bob

	submit guest /account /logout
	check "the log-out is accepted" status_is 303
	if [ "$handler" = sidereal ]; then
		check "the log-out clears the cookie" cookie_cleared
	fi
	send_id "$alice_id" /account
	check "the old cookie is denied at once" status_is 303
	send_id "$alice_id" /shop
	check "the old cookie shows no user" no_user
	check "the old cookie shows no cart" page_lacks 'data-cart='
	check "the old cookie shows nothing of the session" page_lacks "$marker"
	send_id "$alice_id" /counter
	send_id "$alice_id" /counter
	check "the old cookie can not revive the session" equal "$(counter)" 1
	send_id "$guest_id" /account
	check "the ID from before the log-in opens no account either" status_is 303
	if [ "$handler" = sidereal ]; then
		send_id "$guest_id" /shop
		check "the ID from before the log-in is denied with it" page_lacks "$marker"
	fi
	request guest GET /shop
	check "the browser is a guest again" no_user
	request second GET /account
	check "the other user stays logged in" user_is bob
	submit second /shop /shop/note --data-urlencode "note=$marker"
}

# --- what the second variant has besides ---

handles() {
	sed -nE 's/.*name="handle" value="([a-z2-7]+)".*/\1/p' "$scratch/body"
}

# An application that names the methods of a proof sees who is who on the devices page.
devices() {
	local firefox='Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0' laptop_id bob_handle
	log_in laptop alice wonderland
	log_in phone alice wonderland
	log_in tablet alice wonderland
	submit laptop /shop /shop/add -d item=lantern
	request laptop GET /devices -A "$firefox"
	check "the devices page lists the user's devices" equal "$(grep -o '<tr>' "$scratch/body" | wc -l)" 3
	check "it marks this device, and no other" equal "$(grep -o 'data-this=' "$scratch/body" | wc -l)" 1
	check "it shows network and browser, no address" page_has '127.0.0.0/24'
	check "a stranger has no devices page" stranger_is_sent_away /devices
	request second GET /devices
	bob_handle=$(sed -nE 's/.*data-this="([a-z2-7]+)".*/\1/p' "$scratch/body")
	check "another user sees one device, their own" test -n "$bob_handle" -a -z "$(handles)"

	submit laptop /devices /devices/sign-out -d "handle=$bob_handle"
	request second GET /account
	check "nobody can sign out another user's device" user_is bob
	submit laptop /devices /devices/sign-out -d handle=nonsense
	check "a handle that is none does no harm" status_is 303
	request phone GET /devices
	phone_handle=$(sed -nE 's/.*data-this="([a-z2-7]+)".*/\1/p' "$scratch/body")
	request laptop POST /devices/sign-out -d csrf=wrong -d "handle=$phone_handle"
	check "signing out needs the form's token" status_is 403
	submit laptop /devices /devices/sign-out -d "handle=$phone_handle"
	request phone GET /account
	check "a device that was signed out is told why on its next request" page_has 'data-ended="revoked"'
	check "it gets a new session for that" one_safe_cookie
	request phone GET /shop
	check "it is a guest from then on" no_user
	request tablet GET /account
	check "the other devices are not disturbed" user_is alice

	submit laptop /devices /devices/sign-out-others
	request tablet GET /shop
	check "all others are signed out at once" page_has 'data-ended="revoked"'
	request laptop GET /devices
	check "this device stays" user_is alice
	check "it is the only one left" equal "$(grep -o '<tr>' "$scratch/body" | wc -l)" 1
	laptop_id=$(jar_id laptop)
	request laptop GET /shop
	check "its ID and its cart stay" test "$(jar_id laptop)" = "$laptop_id" -a "$(grep -c 'data-cart="1"' "$scratch/body")" = 1
}

stranger_is_sent_away() {
	rm -f "$scratch/jar.stranger"
	request stranger GET "$1"
	status_is 303
}

location_is() { grep -qiE "^location: $1"$'\r?$' "$scratch/headers"; }

step_up() {
	local before
	submit laptop /account/delete /account/delete
	check "deleting the account asks for the password first" location_is /prove-it
	submit laptop /prove-it /prove-it --data-urlencode password=wrong
	check "a wrong password is no proof" status_is 401
	submit laptop /account/delete /account/delete
	check "so the account is still there" location_is /prove-it
	before=$(jar_id laptop)
	submit laptop /prove-it /prove-it --data-urlencode password=wonderland
	check "the right one leads back" location_is /account/delete
	check "and changes the session ID" differ "$(jar_id laptop)" "$before"
	send_id "$before" /account
	check "the ID from before opens no account any more" location_is /login
	log_in phone alice wonderland
	submit laptop /account/delete /account/delete
	check "with the proof the account is deleted" page_has 'data-deleted="1"'
	check "the cookie is cleared" cookie_cleared
	request phone GET /account
	check "every device of the user is signed out" page_has 'data-ended="revoked"'
	request second GET /account
	check "the other user stays logged in here, too" user_is bob
}

# --- forms of other sites, and devices that stay logged in ---

forged_requests() {
	log_in laptop alice wonderland
	log_in phone alice wonderland
	request laptop GET /devices
	request laptop POST /devices/sign-out-others --data-urlencode "csrf_token=$(csrf)" -H 'Origin: https://evil.example'
	check "a form that another site has sent is refused" status_is 403
	request laptop GET /devices
	request laptop POST /devices/sign-out-others --data-urlencode "csrf_token=$(csrf)" -H 'Sec-Fetch-Site: cross-site'
	check "whatever its token is" status_is 403
	request laptop POST /devices/sign-out-others
	check "one without a token is refused" status_is 403
	request phone GET /account
	check "and nobody is signed out by any of them" user_is alice
	check "each refusal is an event" events_have csrf_refused 3
	request laptop GET /devices
	request laptop POST /devices/sign-out-others --data-urlencode "csrf_token=$(csrf)" -H "Origin: $url"
	check "one of our own is not refused" location_is /devices
	request phone GET /account
	check "and does what it says" page_has 'data-ended="revoked"'
}

# The browser is closed: its session cookie goes.
close_browser() {
	sed -i '/\tPHPSESSID\t/d' "$scratch/jar.$1"
}

stay() {
	submit "$1" /login /login -d user=alice -d password=wonderland -d stay=1 "${as_home[@]}"
}

stays_logged_in() {
	local url=https://127.0.0.1:$tls_port as_home as_thief
	as_home=(-A 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0' -H 'X-Forwarded-For: 192.0.2.7')
	as_thief=(-A 'curl/8.0 Windows' -H 'X-Forwarded-For: 203.0.113.9')
	stay home
	check "a device that stays logged in has a cookie of its own, guarded and for one path" autologin_cookie_is_safe
	request home GET /account "${as_home[@]}"
	check "it is logged in" user_is alice
	cp "$scratch/jar.home" "$scratch/jar.thief"
	close_browser home
	request home GET /account "${as_home[@]}"
	check "when the browser was closed the session is gone" location_is /login
	request home POST /auth/resume "${as_home[@]}"
	check "the device logs in again" status_is 200
	request home GET /account "${as_home[@]}"
	check "without a password" user_is alice
	submit home /account/delete /account/delete "${as_home[@]}"
	check "which is no proof for what cannot be undone" location_is /prove-it
	close_browser home
	request home POST /auth/resume "${as_home[@]}"
	check "and again" status_is 200
	close_browser thief
	request thief POST /auth/resume "${as_thief[@]}"
	check "a stolen token that was used is refused" status_is 401
	check "and found out" events_have authn_token_reuse 1
	request home GET /account "${as_home[@]}"
	check "the session that came of it is over" page_lacks 'data-user='
	close_browser home
	request home POST /auth/resume "${as_home[@]}"
	check "and so is the device" status_is 401
	stay home
	check "a password logs in again" location_is /account
}

events_have() { [ "$(grep -c "\"$1\"" "$demo_work/log/events.jsonl")" -ge "$2" ]; }
autologin_cookie_is_safe() {
	local line attribute
	line=$(grep -i '^set-cookie: __Secure-autologin=' "$scratch/headers") || return 1
	for attribute in path=/auth/resume secure httponly samesite=strict; do
		grep -qi "; $attribute" <<<"$line" || return 1
	done
}

# --- what is left behind ---

no_id_in_logs() { ! grep -rqFf "$scratch/secrets" "$demo_work/log"; }
events_are_json() {
	# shellcheck disable=SC2016 # the dollars are PHP's
	"$demo_php" -n -r 'foreach (file($argv[1]) as $line) { is_array(json_decode($line, true)) || exit(1); }' \
		"$demo_work/log/events.jsonl"
}
store_lacks() { [ -n "$(ls -A "$demo_work/store")" ] && ! grep -rqF -- "$1" "$demo_work/store"; }
store_is_private() { [ -z "$(find "$demo_work/store" -perm /077)" ]; }
port_is_free() { ! port_is_taken "$demo_port"; }
is_empty() { [ ! -s "$1" ]; }

files_and_logs() {
	# The secret half of an ID must not occur on its own either.
	sed -nE '/^.{20,}$/ { p; s/^.*-(.{20,})$/\1/p }' "$scratch/ids" | sort -u >"$scratch/secrets"
	check "session IDs were seen to look for" test "$(wc -l <"$scratch/secrets")" -ge 5
	check "no session ID is in any log" no_id_in_logs
	check "PHP had nothing to complain about" is_empty "$demo_work/log/php.log"
	if [ "$handler" = sidereal ]; then
		check "events were logged" test -s "$demo_work/log/events.jsonl"
		check "every event is a line of JSON" events_are_json
		check "nothing of \$_SESSION can be read in the store" store_lacks "$marker"
		check "nobody else may read the store" store_is_private
	fi
}

# The logs go with the work directory, so what explains a failure is shown before.
explain_failures() {
	[ "$failed" -gt 0 ] || return 0
	local log
	for log in "$demo_work"/log/{php-fpm.out,php-fpm.log,php.log,events.jsonl}; do
		if [ -s "$log" ]; then
			say "--- the end of $(basename "$log"):"
			tail -n 8 "$log"
		fi
	done
}

clean_up() {
	local work=$demo_work
	demo_remove
	check "nothing listens any more" port_is_free
	check "nothing is left on the disk" test ! -e "$work"
}

run_variant() {
	variant=$1
	rm -f "$scratch"/jar.* "$scratch/ids"
	# The check plays a proxy that tells of clients elsewhere.
	demo_prepare "$([ "$variant" != api ] || echo sidereal.trusted_proxies=127.0.0.1)"
	tls_port=$([ "$variant" != api ] || free_port)
	demo_start "$(free_port)" "$tls_port"
	url=http://127.0.0.1:$demo_port
	marker=marker$RANDOM$RANDOM
	say "demo-check: $url, session.save_handler=$handler, variant $variant"
	guests
	parallel_requests
	log_ins
	invented_ids
	log_outs
	if [ "$variant" = api ]; then
		devices
		step_up
		forged_requests
		stays_logged_in
	fi
	demo_stop
	files_and_logs
	explain_failures
	clean_up
}

demo_build
run_variant plain
# The second variant needs Sidereal's API.
if [ "$handler" = sidereal ]; then
	run_variant api
fi

say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
