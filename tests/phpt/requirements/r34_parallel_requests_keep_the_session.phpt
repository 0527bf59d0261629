--TEST--
R34: 50 parallel requests across a rotation, whose responses arrive in any order, leave the client logged in
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '60000', 'sidereal.lock_max_waiters' => '60']);
mt_srand(34);
$script = $site->script('<?php session_start(); echo $_SESSION["user"] ?? "nobody";');
$writer = $site->script('<?php session_start(); $_SESSION["n"] = ($_SESSION["n"] ?? 0) + 1; echo $_SESSION["user"] ?? "nobody";');
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$served = $count = 0;
$burst = function (int $size) use ($alice, $script, $writer, &$served, &$count) {
    $exchanges = [];
    for ($i = 0; $i < $size; $i++) {
        $exchanges[] = $alice->send('GET', $i % 2 === 0 ? $script : $writer);
    }
    // All are answered before the browser looks at the first answer.
    $responses = array_map(fn ($exchange) => $exchange->lose(), $exchanges);
    shuffle($responses);
    foreach ($responses as $response) {
        $alice->keep($response);
        $count++;
        $served += $response->body === 'alice' ? 1 : 0;
    }
};
$site->pass(901);
$burst(50);
echo "$served of $count, then ", $alice->get($script), "\n";
foreach (range(1, 3) as $round) {
    $site->pass(901);
    $burst(8);
    $alice->get($script);
    $burst(4);
    $site->pass(61);
    echo "$served of $count, then ", $alice->get($script), "\n";
}
echo $alice->get('session_start(); echo $_SESSION["n"], "\n";');
var_dump(array_diff(array_column($site->events(), 'event'), ['session_created', 'session_renewed']));
?>
--EXPECT--
50 of 50, then alice
62 of 62, then alice
74 of 74, then alice
86 of 86, then alice
43
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
