--TEST--
R28, R87: A session ends after 12 hours, however often it is used, rotated and regenerated
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo $_SESSION["n"] ?? "nothing", " ";';
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["n"] = 0;');
for ($passed = 0; $passed + 1700 < 43200 - 30; $passed += 1700) {
    $site->pass(1700);
    $alice->get('session_start(); $_SESSION["n"]++;' . ($passed % 5 === 0 ? 'session_regenerate_id();' : ''));
}
echo $alice->get($look);
$site->pass(43200 - 30 - $passed);
echo $alice->get($look);
$site->pass(31);
echo $alice->get($look);
echo json_encode(array_column($site->events('session_expired'), 'reason')), "\n";
?>
--EXPECT--
25 25 nothing ["absolute"]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
