--TEST--
A6, R83: Of several cookies of our name the one that is alone in being alive is opened, wherever it stands; of two living ones none is
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start();
    echo json_encode($_SESSION), " ", Sidereal\Session::denial()?->name ?? "served", Sidereal\Session::hasStuckCookie() ? ", stuck" : "";';
$names = [];
$visit = function (string $cookies) use ($site, $look, &$names) {
    $response = $site->browser()->get($look . ' echo " ", session_id();', headers: ['Cookie' => $cookies]);
    [$words, $id] = preg_split('/ (?=\S*$)/', $response->body);
    return "$words, " . ($names[$id] ?? 'a new ID') . ', ' . match (true) {
        count($response->cookies()) > 1 => 'several cookies',
        $response->cookie() === null => 'no cookie',
        default => $response->cookie()->value === $id ? 'a cookie with it' : 'a cookie with another',
    } . "\n";
};
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$names[$good = $alice->sid()] = 'her ID';
$mallory = $site->browser();
$mallory->get('session_start(); $_SESSION["user"] = "mallory";');
$names[$rival = $mallory->sid()] = 'his ID';
$over = $site->browser();
$over->get('session_start(); $_SESSION["user"] = "somebody";');
$ended = $over->sid();
$over->get('session_start(); session_destroy();');
$site->pass(61);
$empty = $site->browser()->get('session_start();')->cookie()->value;
foreach (['forged' => 'planted', 'empty' => '', 'ended' => $ended, 'never stored' => $empty] as $what => $evil) {
    echo "$what, before: ", $visit("PHPSESSID=$evil; PHPSESSID=$good");
    echo "$what, after: ", $visit("PHPSESSID=$good; PHPSESSID=$evil");
}
echo 'all at once: ', $visit("PHPSESSID=planted; PHPSESSID=$ended; PHPSESSID=$empty; PHPSESSID=$good; PHPSESSID=x");
echo 'two that are dead: ', $visit("PHPSESSID=planted; PHPSESSID=$ended");
echo 'no conflict so far: ', count($site->events('cookie_conflict')), "\n";
echo 'two that live: ', $visit("PHPSESSID=$rival; PHPSESSID=$good");
echo 'the other way round: ', $visit("PHPSESSID=$good; x=1; PHPSESSID=$rival");
echo 'with a dead one: ', $visit("PHPSESSID=$good; PHPSESSID=$ended; PHPSESSID=$rival");
echo 'nine: ', $visit("PHPSESSID=$good; " . implode('; ', array_map(fn ($n) => "PHPSESSID=$n", range(1, 8))));
echo 'twice the same: ', $visit("PHPSESSID=$good; PHPSESSID=$good");
$events = $site->events('cookie_conflict');
echo count($events), ' conflicts, ', $events[0]['level'], ' ', $events[0]['count'], "\n";
echo 'nothing has happened to either: ', $visit("PHPSESSID=$good"), $visit("PHPSESSID=$rival");

// Superseded and current ID of one session are no rivals, and the current one stays in the client's jar.
$site->pass(901);
$alice->get('session_start();');
$alice->get('session_start();');
$names[$alice->sid()] = 'her current ID';
echo 'an old ID before the current one: ', $visit("PHPSESSID=$good; PHPSESSID=" . $alice->sid());
echo 'after it: ', $visit('PHPSESSID=' . $alice->sid() . "; PHPSESSID=$good");

// What is due while it is opened is done to the one that was chosen.
$site->pass(901);
$alice->present($alice->sid());
$response = $site->browser()->get($look, headers: ['Cookie' => 'PHPSESSID=planted; PHPSESSID=' . $alice->sid()]);
var_dump((string) $response->body, !in_array($response->cookie()?->value, [null, 'planted', $alice->sid()], true));
?>
--EXPECT--
forged, before: {"user":"alice"} served, her ID, no cookie
forged, after: {"user":"alice"} served, her ID, no cookie
empty, before: {"user":"alice"} served, her ID, no cookie
empty, after: {"user":"alice"} served, her ID, no cookie
ended, before: {"user":"alice"} served, her ID, no cookie
ended, after: {"user":"alice"} served, her ID, no cookie
never stored, before: {"user":"alice"} served, her ID, no cookie
never stored, after: {"user":"alice"} served, her ID, no cookie
all at once: {"user":"alice"} served, her ID, no cookie
two that are dead: [] Forged, a new ID, a cookie with it
no conflict so far: 0
two that live: [] Conflict, stuck, a new ID, a cookie with it
the other way round: [] Conflict, stuck, a new ID, a cookie with it
with a dead one: [] Conflict, stuck, a new ID, a cookie with it
nine: [] Conflict, stuck, a new ID, a cookie with it
twice the same: {"user":"alice"} served, her ID, no cookie
4 conflicts, WARN 2
nothing has happened to either: {"user":"alice"} served, her ID, no cookie
{"user":"mallory"} served, his ID, no cookie
an old ID before the current one: {"user":"alice"} served, her current ID, no cookie
after it: {"user":"alice"} served, her current ID, no cookie
string(23) "{"user":"alice"} served"
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
