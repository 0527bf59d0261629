--TEST--
R26, R36, R37, R38: A superseded ID is served for the grace of 60 seconds, not longer, and then recognised and denied
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
// What the site's clock shows is $since plus what has passed; the test itself takes some of it.
$until = function (float $since, int $seconds) use ($site) {
    $site->pass($seconds - (int) ceil(microtime(true) - $since));
};
$denied = function (Site $site) {
    foreach ($site->events() as $event) {
        if (!in_array($event['event'], ['session_created', 'session_renewed', 'session_swept'], true)) {
            echo "$event[event] $event[level] $event[reason] ", $event['session_ref'] !== '' ? 'of a known session' : '', "\n";
        }
    }
    unlink("$site->directory/events");
};
foreach (['' => 60, '10' => 10, '300' => 300] as $setting => $grace) {
    $site->ini['sidereal.grace'] = (string) $setting;
    echo "grace $grace, regenerated: ";
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["n"] = 1;');
    $old = clone $alice;
    $since = microtime(true);
    $alice->get('session_start(); session_regenerate_id();');
    $alice->get($look);
    $until($since, $grace - 1);
    echo (clone $old)->get($look);
    $site->pass(3);
    $response = (clone $old)->get($look);
    echo $response;
    var_dump($response->cookie()->value !== $old->sid());
    $denied($site);
    echo "grace $grace, rotated: ";
    $old = clone $alice;
    $site->pass(901);
    $alice->get($look);
    $since = microtime(true);
    $alice->get($look);
    var_dump($alice->sid() !== $old->sid());
    $until($since, $grace - 1);
    $response = (clone $old)->get($look);
    echo $response;
    var_dump($response->cookie());
    $site->pass(3);
    echo (clone $old)->get($look), $alice->get($look);
    $denied($site);
}
?>
--EXPECT--
grace 60, regenerated: {"n":1} [] bool(true)
sid_superseded INFO superseded of a known session
grace 60, rotated: bool(true)
{"n":1} NULL
[] {"n":1} sid_superseded INFO superseded of a known session
grace 10, regenerated: {"n":1} [] bool(true)
sid_superseded INFO superseded of a known session
grace 10, rotated: bool(true)
{"n":1} NULL
[] {"n":1} sid_superseded INFO superseded of a known session
grace 300, regenerated: {"n":1} [] bool(true)
obsolete_access CRITICAL obsolete of a known session
grace 300, rotated: bool(true)
{"n":1} NULL
[] [] obsolete_access CRITICAL obsolete of a known session
session_use_after_expire CRITICAL revoked of a known session
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
