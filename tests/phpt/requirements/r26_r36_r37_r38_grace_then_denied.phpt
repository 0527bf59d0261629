--TEST--
R26, R36, R37, R38: A superseded ID is served for the grace of 60 seconds, not longer, and then recognised and denied
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
// Lets so much time pass since $since, the test's own included, that it is $seconds when the session starts: in the request itself, so that
// it does not matter how long the machine takes to get there.
$at = fn (float $since, int $seconds) => "
    [\$passed, \$jumped] = is_file(__DIR__ . '/clock') ? explode(' ', file_get_contents(__DIR__ . '/clock')) : [0, 0];
    \$passed += $seconds - (int) ceil(microtime(true) - $since);
    file_put_contents(__DIR__ . '/clock', \"\$passed \$jumped\");
    $look";
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
    $took = microtime(true) - $since;
    $alice->get($look);
    echo (clone $old)->get($at($since, $grace - 1));
    $site->pass(3 + (int) $took);
    $response = (clone $old)->get($look);
    echo $response;
    // Too late for data and too early for an alarm: a cookie would overwrite the one that the client has by now.
    echo $response->cookie() === null ? 'no cookie' : ($response->cookie()->value !== $old->sid() ? 'a new cookie' : 'the old cookie'), "\n";
    $denied($site);
    echo "grace $grace, rotated: ";
    $old = clone $alice;
    $site->pass(901);
    $alice->get($look);
    $since = microtime(true);
    $alice->get($look);
    $took = microtime(true) - $since;
    var_dump($alice->sid() !== $old->sid());
    $response = (clone $old)->get($at($since, $grace - 1));
    echo $response;
    var_dump($response->cookie() === null);
    $site->pass(3 + (int) $took);
    echo (clone $old)->get($look), $alice->get($look);
    $denied($site);
}
?>
--EXPECT--
grace 60, regenerated: {"n":1} [] no cookie
sid_superseded INFO superseded of a known session
grace 60, rotated: bool(true)
{"n":1} bool(true)
[] {"n":1} sid_superseded INFO superseded of a known session
grace 10, regenerated: {"n":1} [] no cookie
sid_superseded INFO superseded of a known session
grace 10, rotated: bool(true)
{"n":1} bool(true)
[] {"n":1} sid_superseded INFO superseded of a known session
grace 300, regenerated: {"n":1} [] a new cookie
obsolete_access CRITICAL obsolete of a known session
grace 300, rotated: bool(true)
{"n":1} bool(true)
[] [] obsolete_access CRITICAL obsolete of a known session
session_use_after_expire CRITICAL revoked of a known session
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
