--TEST--
A7, R83: Where PHP makes an array of the session cookie, or drops it for a character, the good one is opened all the same, without a new cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice"; $_SESSION["n"] = 0;');
$good = $alice->sid();
$look = 'session_start();
    echo json_encode($_SESSION), " ", Sidereal\Session::denial()?->name ?? "served", session_id() === "' . $good . '" ? ", her ID" : ", a new ID";';
$visit = function (string $cookies, ?string $code = null, array $ini = []) use ($site, $look) {
    $response = $site->browser()->get($code ?? $look, headers: ['Cookie' => $cookies], ini: $ini);
    return $response->body . ($response->cookie() ? ", a cookie\n" : ", no cookie\n");
};
$headers = [
    'an array before' => "PHPSESSID[x]=1; PHPSESSID=$good",
    'an array after' => "PHPSESSID=$good; PHPSESSID[x]=1",
    'a list and a deep one' => "PHPSESSID[]=1; PHPSESSID[a][b]=2; PHPSESSID=$good",
    'an open bracket' => "PHPSESSID[=1; PHPSESSID=$good",
    'quotes' => "PHPSESSID=\"planted\"; PHPSESSID=$good",
    'a line break' => "PHPSESSID=planted%0d%0a; PHPSESSID=$good",
    'NUL' => "PHPSESSID=planted%00; PHPSESSID=$good",
    'nothing' => "PHPSESSID=; PHPSESSID=$good",
    'no equals sign' => "PHPSESSID; PHPSESSID=$good",
    'an array with the ID in it' => "PHPSESSID[x]=$good",
    'an array alone' => 'PHPSESSID[x]=1',
];
foreach ($headers as $what => $header) {
    echo "$what: ", $visit($header);
}
$hidden = "PHPSESSID[x]=1; PHPSESSID=$good";
echo 'it is written: ', $visit($hidden, 'session_start(); echo ++$_SESSION["n"]; session_write_close(); session_start(); echo ++$_SESSION["n"];');
echo 'and read: ', $visit($hidden, 'session_start(["read_and_close" => true]); echo $_SESSION["n"], session_id() === "' . $good . '" ? " her ID" : "";');
echo 'at the beginning: ', $visit($hidden, 'echo ++$_SESSION["n"];', ['session.auto_start' => '1']);
echo 'without strict mode: ', $visit($hidden, null, ['session.use_strict_mode' => '0']);
echo 'a wrapped handler: ', $visit($hidden, 'session_set_save_handler(new class extends SessionHandler {}); ' . $look);
echo 'reset: ', $visit($hidden, 'session_start(); $_SESSION["n"] = 100; session_reset(); echo json_encode($_SESSION);');
echo 'cookies are off: ', $visit($hidden, null, ['session.use_cookies' => '0']);
echo 'the application has taken it away: ', $visit($hidden, 'unset($_COOKIE["PHPSESSID"]); ' . $look);
echo 'and given another ID: ', $visit($hidden, 'session_id(session_create_id("own-")); session_start(); echo substr(session_id(), 0, 4), json_encode($_SESSION);');
echo count($site->events('cookie_lookalike')) > 10 ? 'events ' : 'no events ', $site->events('cookie_lookalike')[0]['level'], "\n";

// A new ID under way, and a log-out: both are of the session that was hidden.
echo 'regenerated: ', $visit($hidden, 'session_start(); session_regenerate_id(); echo json_encode($_SESSION);');
$bob = $site->browser();
$bob->get('session_start(); $_SESSION["user"] = "bob";');
$hidden = 'PHPSESSID[x]=1; PHPSESSID=' . $bob->sid();
echo 'logged out: ', $visit($hidden, 'session_start(); session_destroy(); session_start(); echo json_encode($_SESSION);');
echo 'gone: ', $visit($hidden, 'session_start(); echo json_encode($_SESSION);');
?>
--EXPECT--
an array before: {"user":"alice","n":0} served, her ID, no cookie
an array after: {"user":"alice","n":0} served, her ID, no cookie
a list and a deep one: {"user":"alice","n":0} served, her ID, no cookie
an open bracket: {"user":"alice","n":0} served, her ID, no cookie
quotes: {"user":"alice","n":0} served, her ID, no cookie
a line break: {"user":"alice","n":0} served, her ID, no cookie
NUL: {"user":"alice","n":0} served, her ID, no cookie
nothing: {"user":"alice","n":0} served, her ID, no cookie
no equals sign: {"user":"alice","n":0} served, her ID, no cookie
an array with the ID in it: [] served, a new ID, a cookie
an array alone: [] served, a new ID, a cookie
it is written: 12, a cookie
and read: 2 her ID, no cookie
at the beginning: 3, no cookie
without strict mode: {"user":"alice","n":3} served, her ID, no cookie
a wrapped handler: {"user":"alice","n":3} served, her ID, no cookie
reset: {"user":"alice","n":3}, no cookie
cookies are off: [] served, a new ID, no cookie
the application has taken it away: [] served, a new ID, a cookie
and given another ID: own-[], a cookie
events WARN
regenerated: {"user":"alice","n":3}, a cookie
logged out: [], a cookie
gone: [], no cookie
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
