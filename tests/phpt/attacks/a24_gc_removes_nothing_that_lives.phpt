--TEST--
A24: session.gc_maxlifetime = 1, gc on every request and session_gc() in a loop remove nothing that is alive
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browsers = [];
for ($i = 0; $i < 8; $i++) {
    $browsers[$i] = $site->browser();
    $browsers[$i]->get('session_start(); $_SESSION["n"] = ' . $i . ';' . ($i % 2 ? 'session_regenerate_id();' : ''));
}
$abuse = ['session.gc_maxlifetime' => '1', 'session.gc_probability' => '1', 'session.gc_divisor' => '1'];
foreach ([0, 61, 600] as $seconds) {
    $site->pass($seconds);
    for ($i = 0; $i < 3; $i++) {
        $site->browser()->get('session_start(); $_SESSION["x"] = 1;', ini: $abuse);
    }
    $response = $site->browser()->get('
        ini_set("session.gc_maxlifetime", "1");
        session_start();
        for ($i = 0, $sum = 0; $i < 50; $i++) { $sum += session_gc(); }
        echo "removed $sum; ";', ini: $abuse);
    $left = array_map(fn ($browser) => $browser->get('session_start(); echo $_SESSION["n"] ?? "-";', ini: $abuse)->body, $browsers);
    echo $response, implode(' ', $left), "\n";
}
echo "what is over goes:\n";
$site->pass(14 * 3600);
$site->browser()->get('session_start(); session_gc();');
$site->pass(14 * 3600);
echo $site->browser()->get('session_start(); var_dump(session_gc() >= 0);');
var_dump(array_sum(array_column($site->events('session_swept'), 'count')) >= 8);
?>
--EXPECT--
removed 0; 0 1 2 3 4 5 6 7
removed 0; 0 1 2 3 4 5 6 7
removed 0; 0 1 2 3 4 5 6 7
what is over goes:
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
