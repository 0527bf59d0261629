--TEST--
A23: visitors without data cost no row, and sidereal.anonymous_max bounds the rows of those with data: the oldest go first
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__, ['sidereal.anonymous_max' => '5']);
$script = $site->script('session_start();');
$ids = [];
for ($round = 0; $round < 50; $round++) {
    $browsers = array_map(fn () => $site->browser(), range(1, 4));
    $exchanges = array_map(fn ($browser) => $browser->send('GET', $script), $browsers);
    foreach ($exchanges as $exchange) {
        $ids[] = $exchange->response()->cookie()->value;
    }
}
echo count(array_unique($ids)), ' visitors, ', rows($site), " rows\n";
echo "one of them stores something:\n";
$browser = $site->browser()->present($ids[7]);
$browser->get('session_start(); $_SESSION["n"] = 1;');
echo $browser->get('session_start(); echo $_SESSION["n"], "\n";');
var_dump($browser->sid() === $ids[7], rows($site));
echo "and many more:\n";
$browsers = [];
for ($i = 0; $i < 12; $i++) {
    $site->pass(1);
    $browsers[$i] = $site->browser();
    $browsers[$i]->get('session_start(); $_SESSION["n"] = ' . $i . ';');
}
$site->browser()->get('session_start(); session_gc();');
$rows = rows($site);
echo $rows <= 5 && $rows > 0 ? "few rows\n" : "$rows rows\n";
echo count($site->events('anonymous_evicted')) > 0 ? "an event\n" : "no event\n";
$left = array_map(fn ($browser) => $browser->get('session_start(); echo $_SESSION["n"] ?? "-";')->body, $browsers);
echo implode(' ', $left), "\n";
?>
--EXPECT--
200 visitors, 0 rows
one of them stores something:
1
bool(true)
int(1)
and many more:
few rows
an event
- - - - - - - 7 8 9 10 11
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
