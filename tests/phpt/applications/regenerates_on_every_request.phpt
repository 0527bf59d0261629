--TEST--
An application that calls session_regenerate_id() on every request works, with one hint to the operator and none to the visitor
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['elevate', 'rotate'] as $regenerate) {
    foreach (['session_regenerate_id();', 'session_regenerate_id(true);'] as $call) {
        echo "$regenerate, $call\n";
        $site = new Site(__FILE__, ['sidereal.regenerate' => $regenerate]);
        $script = $site->script("session_start(); $call \$_SESSION['n'] = (\$_SESSION['n'] ?? 0) + 1; echo \$_SESSION['n'];");
        $browser = $site->browser();
        $right = 0;
        $ids = [];
        for ($i = 1; $i <= 50; $i++) {
            $site->pass(1);
            $right += $browser->get($script)->body === (string) $i;
            $ids[] = $browser->sid();
        }
        echo "$right right, ", count(array_unique($ids)), " IDs\n";
        echo count($site->events('regenerate_every_request')), ' hint, ', count($site->events('obsolete_access')), ' alarms, ', count($site->events('seal_broken')), " broken\n";
    }
}
?>
--EXPECT--
elevate, session_regenerate_id();
50 right, 50 IDs
1 hint, 0 alarms, 0 broken
elevate, session_regenerate_id(true);
50 right, 50 IDs
1 hint, 0 alarms, 0 broken
rotate, session_regenerate_id();
50 right, 50 IDs
0 hint, 0 alarms, 0 broken
rotate, session_regenerate_id(true);
50 right, 50 IDs
0 hint, 0 alarms, 0 broken
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
