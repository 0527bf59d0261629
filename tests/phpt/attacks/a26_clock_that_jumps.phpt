--TEST--
A26: a clock that jumps ahead expires sessions but accuses nobody and destroys nothing; one that goes back extends no life
--FILE--
<?php
require __DIR__ . '/../browser.inc';
// One process, as a worker is: it sees the clock jump.
$helpers = '
    ob_start();
    function clock($text) { file_put_contents(ini_get("sidereal.test_clock"), $text); }
    function look($id) { session_id($id); @session_start(); $user = $_SESSION["user"] ?? "nobody"; session_write_close(); return $user; }
    session_start(); $_SESSION["user"] = "alice"; $old = session_id(); session_write_close();
    session_id($old); session_start(); session_regenerate_id(); $new = session_id(); session_write_close();
    look($new);';
echo "a year ahead, and mended:\n";
$site = new Site(__FILE__, ['session.use_cookies' => '0']);
echo $site->run("$helpers
    clock('0 31536000');
    echo look(\$new), ' ', look(\$old), \"\\n\";
    clock('0 0');
    echo look(\$new), \"\\n\";");
echo count($site->events('obsolete_access')), ' alarms, ', count($site->events('clock_anomaly')) > 0 ? 'an anomaly, ' : 'NO ANOMALY, ';
echo count($site->events('session_expired')) > 0 ? "expired\n" : "NOT EXPIRED\n";

echo "ten minutes ahead: the old ID is past its alarm time by the clock only:\n";
$site = new Site(__FILE__, ['session.use_cookies' => '0']);
echo $site->run("$helpers
    clock('0 600');
    echo look(\$old), ' ', look(\$new), \"\\n\";");
echo count($site->events('obsolete_access')), " alarms\n";

echo "an hour back:\n";
$site = new Site(__FILE__, ['session.use_cookies' => '0']);
echo $site->run("$helpers
    clock('0 -3600');
    echo look(\$new), \"\\n\";
    clock('1740 -3600');
    session_id(\$new); session_start(['read_and_close' => true]); echo \$_SESSION['user'] ?? 'nobody', \"\\n\";
    clock('3600 -3600');
    echo look(\$new), \"\\n\";");
echo count($site->events('obsolete_access')), ' alarms, ', count($site->events('clock_anomaly')) > 0 ? "an anomaly\n" : "NO ANOMALY\n";
?>
--EXPECT--
a year ahead, and mended:
nobody nobody
alice
0 alarms, an anomaly, expired
ten minutes ahead: the old ID is past its alarm time by the clock only:
nobody alice
0 alarms
an hour back:
alice
alice
nobody
0 alarms, an anomaly
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
