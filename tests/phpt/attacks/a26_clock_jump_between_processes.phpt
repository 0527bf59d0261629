--TEST--
A26: a process that starts after the clock has jumped accuses nobody either, and the mended clock finds every session alive
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
foreach (['ten minutes' => 600, 'a year' => 365 * 86400] as $name => $seconds) {
    $site = new Site(__FILE__);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["user"] = "alice";');
    $old = $alice->sid();
    $alice->get('session_start(); session_regenerate_id();');
    $alice->get($show);
    $site->pass(61);
    $alice->get($show);
    echo "$name ahead:\n";
    $site->jump($seconds);
    $away = clone $alice;
    for ($i = 0; $i < 3; $i++) {
        $site->browser()->present($old)->get($show);
        (clone $alice)->get($show);
        $site->browser()->get('session_start(); session_gc();');
    }
    $site->jump(-$seconds);
    echo $away->get($show);
    echo count($site->events('obsolete_access')), ' alarms, ', count($site->events('clock_anomaly')) > 0 ? "an anomaly\n" : "NO ANOMALY\n";
}
?>
--EXPECT--
ten minutes ahead:
alice
0 alarms, an anomaly
a year ahead:
alice
0 alarms, an anomaly
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
