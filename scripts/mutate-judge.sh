#!/usr/bin/env bash
# Breaks the lifecycle rules, those of auto-login, and what carries them out, one arm at a time, in a copy of the tree, and expects the tests to
# notice.
#
#   scripts/mutate-judge.sh [word]     only the mutations whose suite, file or name contains the word
#
# MUTANTS_TARGET_DIR keeps what was compiled between two runs.

# The expressions are perl's.
# shellcheck disable=SC2016
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
only=${1:-}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
export CARGO_TARGET_DIR=${MUTANTS_TARGET_DIR:-$copy/target}
cargo=$(command -v cargo || echo "$HOME/.cargo/bin/cargo")
log=$copy/log
passed=0
failed=0

for file in Cargo.toml Cargo.lock clippy.toml rustfmt.toml core; do
    [ ! -e "$root/$file" ] || cp -R "$root/$file" "$copy/"
done
# The engine alone: neither PHP nor a C compiler's headers are needed here.
sed -i 's/^members = .*/members = ["core"]/' "$copy/Cargo.toml"

run() { # suite
    local words
    read -ra words <<<"$1"
    (cd "$copy" && timeout 600 "$cargo" test --quiet --package sidereal-core --test "${words[@]}") >"$log" 2>&1
}

# What is to notice has to pass first, once.
declare -A sound=()
expect_sound() { # suite
    [ -z "${sound[$1]:-}" ] || return 0
    run "$1" || {
        cat "$log"
        echo "mutate-judge: the tests of $1 fail before anything is broken; mend that first" >&2
        exit 1
    }
    sound[$1]=yes
}

fail() { # name, why
    failed=$((failed + 1))
    echo "FAIL  $1: $2"
}

# mutation SUITE FILE NAME EXPRESSION: perl's EXPRESSION changes core/src/FILE; tests/SUITE.rs must fail. A second word of SUITE chooses among its
# tests.
mutation() {
    local suite=$1 file=$copy/core/src/$2 name="$2: $3" expression=$4
    [[ "$suite $name" == *"$only"* ]] || return 0
    expect_sound "$suite"
    cp "$file" "$copy/original"
    perl -0777 -i -pe "$expression" "$file"
    if cmp -s "$file" "$copy/original"; then
        fail "$name" "the mutation changes nothing; the code has moved on, write it anew"
    elif run "$suite"; then
        fail "$name" "nobody noticed"
    elif ! grep -q '^test result: FAILED' "$log"; then
        fail "$name" "no test ran: $(grep -m 1 '^error' "$log" || echo 'timed out')"
    else
        passed=$((passed + 1))
        echo "ok    $name: caught by $suite: $(sed -n 's/^at [0-9.]* s: \([^:]*\):.*/\1/p; s/^---- \(.*\) stdout ----$/\1/p' "$log" | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* //p')"
    fi
    cp "$copy/original" "$file"
}

# Compiling everything for the first time takes as long as it takes.
(cd "$copy" && "$cargo" test --quiet --package sidereal-core --test model --test users_model --test judge --test engine --no-run)

# --- judge: every arm ---
judge() { mutation model lifecycle.rs "$@"; }

judge 'what has ended is served' 's/if let Some\(ended\) = standing\.ended \{/if let Some(ended) = standing.ended.filter(|_| false) {/'
judge 'nothing expires' 's/expired\(standing\.meta, policy, moment\) \{/expired(standing.meta, policy, moment).filter(|_| false) {/'
judge 'rotation supersedes nothing' 's/superseded_by_rotate\(standing, policy, moment\) \{/superseded_by_rotate(standing, policy, moment).filter(|_| false) {/'
judge 'elevation supersedes nothing' 's/= standing\.meta\.frozen \{/= standing.meta.frozen.filter(|_| false) {/'
judge 'an unstored ID never grows old' 's/ && young / /'
judge 'an unstored ID may come from the future' 's/ && !from_the_future / /'
judge 'an unstored ID is never accepted' 's/\{ Verdict::Unstored \}/{ Verdict::Unknown }/'
judge 'a ghost although the cookie was not cleared' 's/ended\.cookie_cleared && //'
judge 'a ghost for ever' 's/now\.since\(ended\.at\) < GHOST/true/'
judge 'no ghost' 's/=> Verdict::Ghost\(Denial::LoggedOut\)/=> Verdict::Denied(Denial::LoggedOut)/'
judge 'logged out is served' 's/EndReason::Logout => Verdict::Denied\(Denial::LoggedOut\)/EndReason::Logout => Verdict::Alias/'
judge 'revoked is served' 's/EndReason::Obsolete => Verdict::Denied\(Denial::Revoked\)/EndReason::Obsolete => Verdict::Alias/'
judge 'no absolute timeout' 's/>= policy\.absolute/> Duration::MAX/'
judge 'no idle timeout' 's/>= policy\.idle/> Duration::MAX/'
judge 'frozen records are idle' 's/meta\.frozen\.is_none\(\) && //'
judge 'no grace after a rotation' 's/since\(confirmed\) >= policy\.grace/since(confirmed) >= Duration::ZERO/'
judge 'no end to the grace after a rotation' 's/since\(confirmed\) >= policy\.grace/since(confirmed) >= Duration::MAX/'
judge 'siblings of earlier rotations are promoted' 's/if round < standing\.meta\.round/if round < standing.meta.round \&\& false/'
judge 'siblings of the last rotation are lost' 's/round < standing\.meta\.round/round <= standing.meta.round/'
judge 'no grace after an elevation' 's/since\(frozen\.at\) < policy\.grace/since(frozen.at) < Duration::ZERO/'
judge 'no end to the grace after an elevation' 's/since\(frozen\.at\) < policy\.grace/since(frozen.at) < Duration::MAX/'
judge 'an alarm although the elevation was never confirmed' 's/\(_, None\) => Verdict::Denied\(Denial::LostCookie\)/(_, None) => too_late(frozen.at, policy, moment)/'
judge 'an alarm although the sibling was never seen' 's/\(Some\(PointerState::Pending \{ \.\. \}\), _\) \| //'
judge 'no alarm after an elevation' 's/Some\(_\)\) => too_late\(frozen\.at, policy, moment\)/Some(_)) => Verdict::Denied(Denial::LostCookie)/'
judge 'no alarm at all' 's/\(true, true\) => Verdict::Denied\(Denial::Obsolete\)/(true, true) => Verdict::Denied(Denial::Superseded)/'
judge 'an alarm at once' 's/moment\.now\.since\(since\) >= policy\.alarm_after/moment.now.since(since) >= Duration::ZERO/'
judge 'an alarm by a clock that has jumped' 's/\(true, false\) => Verdict::Denied\(Denial::Superseded\)/(true, false) => Verdict::Denied(Denial::Obsolete)/'
judge 'a request that took long overwrites the cookie' 's/=> Verdict::Ghost\(Denial::Superseded\)/=> Verdict::Denied(Denial::Superseded)/'
judge 'a jumped clock leaves a ghost for ever' 's/\(true, false\) => Verdict::Denied\(Denial::Superseded\)/(true, false) => Verdict::Ghost(Denial::Superseded)/'
judge 'rotation is never due' 's/since\(meta\.minted\) >= policy\.rotate/since(meta.minted) >= Duration::MAX/'
judge 'rotation is always due' 's/since\(meta\.minted\) >= policy\.rotate/since(meta.minted) >= Duration::ZERO/'
judge 'rotates where no cookie can be sent' 's/if due && moment\.can_rotate/if due/'
judge 'a pending rotation is forgotten' 's/= meta\.pending \{/= meta.pending.filter(|_| false) {/'
judge 'a lost cookie is never too late' 's/since\(pending\.latest\) >= window/since(pending.latest) >= Duration::MAX/'
judge 'a lost cookie is always too late' 's/since\(pending\.latest\) >= window/since(pending.latest) >= Duration::ZERO/'
judge 'a lost cookie is too late although one more could be sent' 's/if pending\.siblings >= MAX_SIBLINGS && meta\.last_seen\.since\(pending\.latest\)/if meta.last_seen.since(pending.since)/'
judge 'never minted again' 's/let again =\s+moment\.can_rotate/let again = false \&\& moment.can_rotate/'
judge 'minted again where no cookie can be sent' 's/(let again =\s+)moment\.can_rotate && /$1/'
judge 'minted again without limit' 's/pending\.siblings < MAX_SIBLINGS/true/'
judge 'minted again at once' 's/>= REMINT_EVERY/>= Duration::ZERO/'

# --- judge: arms that the engine never reaches or cannot tell apart; the unit tests hold them ---
unit() { mutation judge lifecycle.rs "$@"; }

# An ID of the user class is stored before it is sent, and its row outlives it.
unit 'an ID that was stored once passes as unstored' 's/presented\.class == Class::Anonymous && //'
# The engine looks at the pointer itself when it carries these two out.
unit 'a successor is an alias' 's/=> Verdict::Promote/=> Verdict::Alias/'
unit 'an alias is a successor' 's/(PointerState::Superseded \{ \.\. \}\)) => Verdict::Alias/$1 => Verdict::Promote/'
# No actor of the model writes what PHP cannot decode, and no schedule turns rotation off.
unit 'quarantined is served' 's/EndReason::Quarantined => Verdict::Denied\(Denial::Broken\)/EndReason::Quarantined => Verdict::Alias/'
# The model's clocks are at most an hour ahead when somebody logs in.
unit 'a record may come from the future' 's/ \|\| from_the_future \{/ {/'
unit 'rotation cannot be turned off' 's/!policy\.rotate\.is_zero\(\) && //'

# --- what carries the verdicts out ---
opening() { mutation model opening.rs "$@"; }
session() { mutation model session.rs "$@"; }
elevation() { mutation model session/elevation.rs "$@"; }

opening 'judged after the wait' 's/now: self\.arrival\.now,/now: self.engine.observe().now,/'
opening 'read-only requests rotate' 's/ && loaded\.access == Access::Exclusive//'
opening 'a ghost sends a cookie' 's/may_send_cookie: false, denial: Some\(denial\)/denial: Some(denial)/'
opening 'an alias may be sent' 's/session\.may_send_cookie = false/session.may_send_cookie = true/'
opening 'an ID with a successor under way may be sent' 's/session\.may_send_cookie = !unconfirmed/session.may_send_cookie = true/'
opening 'a successor is never confirmed' 's/=> self\.first_sight\(&mut session, round\)/=> { let _ = round; }/'
opening 'a confirmed rotation makes no round' 's/meta\.round = round;//'
opening 'a confirmed rotation stays pending' 's/meta\.pending = None;//'
opening 'a confirmed ID is as old as its predecessor' 's/meta\.minted = self\.arrival\.now;//'
opening 'an elevation is never confirmed' 's/self\.confirm_predecessor\(&mut session\);//'
opening 'reading is no activity' 's/let _ = session\.touch_at\(self\.arrival\.now\);//'
opening 'an alarm ends nothing' 's/self\.revoke\(found, meta\)\?;/let _ = (found, meta);/'
session 'a re-mint is not counted' 's/siblings: siblings\.saturating_add\(1\)/siblings: siblings.max(1)/'
session 'a re-mint is as old as the first' 's/latest: observed\.now/latest: since/'
session 'a touch is not written down' 's/live\.meta\.use_at\(now\);//'
session 'a save is no activity' 's/(let mut meta = live\.meta\.clone\(\);\s+)meta\.use_at\(now\);/$1/'
judge 'who logs out or is found out ends what was elevated, too' 's/else \{ meta\.generation \}/else { u32::MAX }/'
judge 'a log-out ends its own generation only' 's/else \{ meta\.generation \}/else { 0 }/'
# No schedule stores an ID while a log-out of it is under way.
mutation engine session.rs 'what was stored meanwhile is not logged out' 's/(self\.end\(&Live \{ at: found\.row\.at.*?ended)\)/let _ = found; Ok(())/s'
session 'an unstored ID is not remembered as logged out' 's/=> self\.remember\(\*at, ended\)\?/=> { let _ = at; }/'
session 'a dropped elevation may send its ID' 's/self\.may_send_cookie = false;//'
elevation 'an ID of what has ended may be sent' 's/= !matches!\(self\.state, State::Ended\)/= true/'
elevation 'the old ID is not frozen' 's/meta\.frozen = Some\(Frozen \{ at: now, confirmed: None \}\);//'
elevation 'an unstored ID is not frozen' 's/State::Unstored \{ at, presented: true \} if self\.is_writable\(\)/State::Unstored { at, presented: true } if self.is_writable() \&\& at.number() == 0/'
elevation 'an emptied snapshot is not empty' 's/meta\.payload_number \+= 1;\s+Some\(seal::seal_payload\(.*?\)\?\)/None/s'
elevation 'an elevation is no generation' 's/live\.meta\.generation \+ 1/live.meta.generation/'
elevation 'an elevation begins a new life' 's/(live\.meta\.generation \+ 1;\s+)meta\.created = live\.meta\.created;/$1/'
elevation 'a branch begins a new life' 's/(State::Snapshot\(live\) \| State::Live\(live\) => \{\s+meta\.generation = 1;\s+)meta\.created = live\.meta\.created;/$1/'
elevation 'a branch stays in the family' 's/(State::Snapshot\(live\) \| State::Live\(live\) => \{\s+)meta\.generation = 1;/$1 meta.family = live.meta.family; meta.generation = live.meta.generation + 1;/'
elevation 'an elevation knows no predecessor' 's/meta\.predecessor = Some\(live\.at\);//'
elevation 'a late elevation brings back what has ended' 's/Some\(Before::Kept\(live\.at\)\)/None/'
elevation 'a log-in from an empty snapshot needs it alive' 's/State::Snapshot\(live\) if self\.payload\.is_empty\(\)/State::Snapshot(live) if false/'
elevation 'what has ended is carried on under another ID' 's/State::Ended => return Ok\(\(Written::Lost, meta\)\),/State::Ended => None,/'

# --- users ---
users() { mutation users_model "$@"; }

users lifecycle.rs 'a stranger is nobody special' 's/late \|\| \(moment\.stranger && moment\.steady\)/late/'
users lifecycle.rs 'a user who logs out leaves what came of the log-in' 's/if meta\.binding\.is_some\(\) \{ u32::MAX \}/if false { u32::MAX }/'
users roster.rs 'a revoked session leaves what it was elevated from' 's/up_to_generation: u32::MAX/up_to_generation: 0/'
users roster.rs 'to sign out the others signs out this one' 's/Whom::Subject \{ subject, except \}/Whom::Subject { subject, except: except.filter(|_| false) }/'
users roster.rs 'the roster shows what is frozen' 's/meta\.frozen\.is_none\(\) && !idle/!idle/'
users roster.rs 'the roster shows what is over' 's/ && !is_over\(meta, policy, now\)//'
users session/user.rs 'what an elevation left behind belongs to somebody' 's/\(None, State::Live\(live\)\) => live\.meta\.binding/(None, State::Live(live) | State::Snapshot(live)) => live.meta.binding/'
users session/user.rs 'a log-in is as old as the visit' 's/Some\(binding\), true\)/Some(binding), false)/'
users session/user.rs 'who read before brings a proof back' 's/store\.amend\(&change\)/store.touch(None, \&change)/'
users session/user.rs 'a proof is used where nothing is stored' 's/!has_it \|\| \(self\.elevation\.is_some\(\) && self\.settle\(\)\.is_err\(\)\)/!has_it/'
users session/elevation.rs 'a regeneration logs out' 's/self\.inheritance\(\)\);/None);/'
users session/elevation.rs 'a branch has a proof of its own' 's/Binding \{ scopes: Vec::new\(\), \.\.binding \}/binding/'
users session/elevation.rs 'a snapshot of a user branches' 's/self\.is_spent\(\) && /false \&\& /'
users session/elevation.rs 'who logs in over another user stays in their family' 's/if before\.is_none\(\) \|\| before == subject\(meta\.binding\.as_ref\(\)\) \{/if before.is_none() || before.is_some() {/'
users session/elevation.rs 'there is no cap' 's/cap: Some\(cap\), \.\.new\.clone\(\)/cap: None, ..new.clone()/'
users session/elevation.rs 'what is over takes room' 's/over: &over, evict/over: \&[], evict/'
users opening.rs 'the alarm revokes although it is to deny only' 's/\(OnObsolete::Deny, _\) => return Ok\(\(\)\),//; s/\(OnObsolete::RevokeFamily \| OnObsolete::RevokeUser, _\) => family/_ => family/'
users opening.rs 'the alarm revokes a family only' 's/\(OnObsolete::RevokeUser, Some\(subject\)\) => Whom::Subject \{ subject, except: None \}/(OnObsolete::RevokeUser, Some(_)) => family/'
users opening.rs 'a stranger revokes a family only' 's/Some\(subject\)\) if self\.is_stranger\(meta\)/Some(subject)) if self.is_stranger(meta) \&\& false/'
users store/memory.rs 'a user who is signed out leaves what they came from' 's/families\.contains\(&row\.family\)/families.contains(\&row.family) \&\& row.subject == Some(subject)/'
users store/memory.rs 'what is superseded takes room' 's/ && row\.superseded\.is_none\(\)//'
users store/memory.rs 'what is due takes room' 's/ && row\.due\.delete > cap\.now//'
users store/memory.rs 'a new proof takes room' 's/ && Some\(\*\*at\) != left//'
users store/memory.rs 'who was used last is evicted' 's/(live\.sort_unstable\(\);)/$1 live.reverse();/'
users store/memory.rs 'a late writer writes what was revoked' 's/self\.version \+= 1;\s+self\.ended/self.ended/; s/version == change\.version && row\.ended\.is_none\(\)/version == change.version/'
users store/memory.rs 'a branch of what was revoked' 's/row\.ended\.is_none\(\) => Written::Done\(row\.version\)/true => Written::Done(row.version)/'
users store/sqlite/family.rs 'what is superseded takes room' 's/ AND superseded IS NULL AND delete_at/ AND delete_at/'
users store/sqlite/family.rs 'a user who is signed out leaves what they came from' 's/(END_ROOTS: &str =\s+end!\(" AND linked = )1/${1}9/'

# --- auto-login: two tabs and a thief ---
tabs() { mutation 'engine interleavings' "$@"; }

tabs autologin.rs 'a token is good for ever' 's/device\.pending\.clear\(\);//'
tabs autologin.rs 'what was sent beside a token stays good' 's/device\.pending\.clear\(\)/device.pending.retain(|it| *it != presented)/'
tabs autologin.rs 'a second tab is a thief' 's/true => Verdict::ThisRequest/true => accused/'
tabs autologin.rs 'a second tab is logged in as the first' 's/true => Verdict::ThisRequest/true => Verdict::LogIn/'
tabs autologin.rs 'a second tab is waited for without end' 's/(device\.used\[place\]\.at\)) < PARALLEL/$1 < Duration::MAX/'
tabs autologin.rs 'a second tab is not waited for' 's/(device\.used\[place\]\.at\)) < PARALLEL/$1 < Duration::ZERO/'
tabs autologin.rs 'whose response was lost is a thief' 's/false if is_latest => Verdict::LogIn/false if is_latest => accused/'
tabs autologin.rs 'whose response was lost is a second tab' 's/false if is_latest => Verdict::LogIn/false if is_latest => Verdict::ThisRequest/'
tabs autologin.rs 'a token whose successor was seen is good again' 's/false => accused/false => Verdict::LogIn/'
tabs autologin.rs 'a token whose successor was seen is a second tab' 's/false => accused/false => Verdict::ThisRequest/'
tabs autologin.rs 'what is not remembered accuses nobody' 's/return accused;/return Verdict::ThisRequest;/'
tabs autologin.rs 'used tokens are forgotten at once' 's/device\.used\.retain\(.*?\);/device.used.clear();/'
tabs autologin.rs 'one used token is remembered' 's/MAX_USED: usize = 8/MAX_USED: usize = 1/'
tabs autologin.rs 'a use is not remembered' 's/device\.used\.push\(.*?\);/let _ = presented;/'
tabs autologin.rs 'a second use is as old as the first' 's/latest\.at = now;/let _ = \&latest.at;/'
tabs autologin.rs 'a successor is not kept' 's/device\.pending\.push\(successor\);/let _ = successor;/'
tabs session/autologin.rs 'theft ends nothing' 's/self\.end_stolen\(&device\)\?;//'
tabs session/autologin.rs 'theft is told to nobody' 's/self\.engine\.emit_of_device\(Kind::TokenReused, &name, "", None\);//'
tabs session/autologin.rs 'a stolen token stays in the jar' 's/(self\.end_stolen\(&device\)\?;\s+Ok\(Some\()DROP_IT/$1NOBODY/'
tabs session/autologin.rs 'a second tab sends its ID' 's/(self\.lease = None;\s+)self\.may_send_cookie = false;/$1/'
tabs session/autologin.rs 'a session does not know its device' 's/device: Some\(device\.name\),/device: None,/'
tabs remembering.rs 'theft ends the device alone' 's/count \+= self\.store\.end\(&Ending \{ whom, ended, delete \}\)\?;/let _ = (whom, ended, delete);/'
tabs remembering.rs 'theft ends the sessions alone' 's/let mut count = self\.store\.end_devices\(&Whose::One\(\*device\)\)\?/let mut count = 0/'
# Requests of the model take their turns: these need some that do not.
mutation engine session/autologin.rs 'two requests use one token' 's/let Written::Done\(_\) = (self\.engine\.store\.save_device\(&name, row\.version, &sealed\)\?) else \{\s+return Ok\(None\);\s+\};/let _ = $1;/'
mutation engine session/autologin.rs 'a device that is forgotten meanwhile logs in' 's/\|\| self\.engine\.store\.load_device\(&name\)\?\.is_none\(\)//'
# The model has one device only.
mutation engine remembering.rs 'theft ends the sessions of other devices' 's/\.filter\(\|meta\| meta\.binding.*?== Some\(\*device\)\)//'
mutation engine session/autologin.rs 'a second tab stores what it writes' 's/(self\.guest = Some\(self\.binding_of\(&device\)\);\s+)self\.state = State::Ghost;/$1/'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
