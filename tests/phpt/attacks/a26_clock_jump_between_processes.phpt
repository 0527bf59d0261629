--TEST--
A26: a process that starts after the clock has jumped accuses nobody either, and the mended clock finds every session alive
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
$cases = [
    'ten minutes ahead, a regenerated ID' => [600, fn ($alice) => $alice->get('session_start(); session_regenerate_id();')],
    'ten minutes ahead, a rotated ID' => [600, fn ($alice) => $alice->site->pass(16 * 60) ?? $alice->get($show)],
    'a year ahead' => [365 * 86400, fn ($alice) => $alice->get('session_start(); session_regenerate_id();')],
];
foreach ($cases as $case => [$seconds, $replace]) {
    $site = new Site(__FILE__);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["user"] = "alice";');
    $old = $alice->sid();
    $replace($alice);
    $alice->get($show);
    $site->pass(61);
    $alice->get($show);
    var_dump($alice->sid() !== $old);
    echo "$case:\n";
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
bool(true)
ten minutes ahead, a regenerated ID:
alice
0 alarms, an anomaly
bool(true)
ten minutes ahead, a rotated ID:
alice
0 alarms, an anomaly
bool(true)
a year ahead:
alice
0 alarms, an anomaly
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
