--TEST--
R32, R35: An old ID is recognised an hour later as superseded, not taken for an unknown one, even after session_regenerate_id(true)
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$ways = [
    'rotated' => [901, ''],
    'regenerated' => [0, 'session_regenerate_id();'],
    'deleted' => [0, 'session_regenerate_id(true);'],
    'deleted before anything was stored' => [0, 'session_regenerate_id(true);'],
    'destroyed' => [0, 'session_destroy();'],
];
foreach ($ways as $way => [$pass, $code]) {
    foreach ([100, 3600] as $later) {
        $alice = $site->browser();
        $alice->get('session_start();' . ($way === 'deleted before anything was stored' ? '' : '$_SESSION["n"] = 1;'));
        $site->pass($pass);
        $old = clone $alice;
        $alice->get("session_start(); $code" . ($code === 'session_destroy();' ? '' : '$_SESSION["n"] = 1;'));
        $alice->get($look);
        for ($left = $later; $left > 0; $left -= 1200) {
            $site->pass(min($left, 1200));
            // Alice goes on, and there has been a sweep.
            $alice->get('session_start(); session_gc();');
        }
        $alice->get($look);
        @unlink("$site->directory/events");
        $response = $old->get($look);
        $events = array_filter($site->events(), fn ($event) => $event['event'] !== 'session_swept');
        echo "$way, $later s later: $response", json_encode(array_map(fn ($event) => [$event['event'], $event['reason'], $event['session_ref'] !== ''], array_values($events))), "\n";
    }
}
?>
--EXPECT--
rotated, 100 s later: [] [["sid_superseded","superseded",true]]
rotated, 3600 s later: [] [["obsolete_access","obsolete",true]]
regenerated, 100 s later: [] [["sid_superseded","superseded",true]]
regenerated, 3600 s later: [] [["obsolete_access","obsolete",true]]
deleted, 100 s later: [] [["sid_superseded","superseded",true]]
deleted, 3600 s later: [] [["obsolete_access","obsolete",true]]
deleted before anything was stored, 100 s later: [] [["sid_superseded","superseded",true]]
deleted before anything was stored, 3600 s later: [] [["obsolete_access","obsolete",true]]
destroyed, 100 s later: [] [["session_use_after_expire","logged_out",true]]
destroyed, 3600 s later: [] [["session_use_after_expire","logged_out",true]]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
