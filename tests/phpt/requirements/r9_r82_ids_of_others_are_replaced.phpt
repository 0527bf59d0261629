--TEST--
R9, R82: An ID that this server has not made, or has no session for, is replaced and shows nothing
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$other = new Site(__FILE__);
$show = function (string $what, string $sid, array $ini = []) use ($site) {
    $browser = $site->browser()->present($sid);
    $response = $browser->get('session_start(); echo json_encode($_SESSION); $_SESSION["mine"] = 1;', ini: $ini);
    $events = $site->events();
    $events = array_diff(array_column($events, 'event'), ['session_created', 'session_renewed']);
    @unlink("$site->directory/events");
    echo "$what: $response ", implode(',', $events), ' ', $response->cookie() !== null && $browser->sid() !== $sid ? 'replaced' : 'ADOPTED';
    $response = $site->browser()->present($sid)->get('session_start(); echo json_encode($_SESSION);', ini: $ini);
    echo ' ', $response, "\n";
    @unlink("$site->directory/events");
};
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$alice->get('session_start(); session_regenerate_id();');
$sid = $alice->sid();
$show('short', 'attacker');
$show('as PHP makes them', bin2hex(random_bytes(16)));
$show('of our form', str_repeat('a', 26) . '-' . str_repeat('b', 51) . 'a');
$show('last character changed', substr($sid, 0, -1) . ($sid[-1] === 'a' ? 'q' : 'a'));
$show('another tag', ($sid[0] === 'a' ? 'b' : 'a') . substr($sid, 1));
$show('in capitals', strtoupper($sid));
$show('with a prefix', "u1-$sid");
$show('with a tail', $sid . 'a');
$stranger = $other->browser();
$stranger->get('session_start(); $_SESSION["user"] = "alice";');
$show('of another server', $stranger->sid());
$show('of another application', $sid, ['sidereal.application' => 'shop']);
echo $alice->get('session_start(); echo json_encode($_SESSION), "\n";');
array_map(unlink(...), glob("$site->directory/store/sessions.db*"));
$show('with its session gone', $sid);
?>
--EXPECT--
short: [] sid_forged replaced []
as PHP makes them: [] sid_forged replaced []
of our form: [] sid_forged replaced []
last character changed: [] sid_forged replaced []
another tag: [] sid_forged replaced []
in capitals: [] sid_forged replaced []
with a prefix: [] sid_forged replaced []
with a tail: [] sid_forged replaced []
of another server: [] sid_forged replaced []
of another application: [] sid_forged replaced []
{"user":"alice"}
with its session gone: [] sid_unknown replaced []
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
