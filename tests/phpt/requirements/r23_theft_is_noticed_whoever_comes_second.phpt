--TEST--
R23: After a theft and a rotation, whoever uses the old ID raises obsolete_access, and both lose the session
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
foreach (['victim', 'thief'] as $first) {
    $victim = $site->browser();
    $victim->get('session_start(); $_SESSION["user"] = "alice";');
    $thief = clone $victim;
    [$one, $other] = $first === 'victim' ? [$victim, $thief] : [$thief, $victim];
    $site->pass(901);
    echo "$first first: ", $one->get($look), $one->get($look);
    var_dump($one->sid() !== $other->sid(), count($site->events('obsolete_access')));
    $site->pass(301);
    echo $other->get($look);
    $events = $site->events('obsolete_access');
    echo json_encode(array_map(fn ($event) => [$event['level'], $event['reason'], $event['session_ref'] !== ''], $events)), ' ';
    echo $one->get($look), $other->get($look);
    $site->pass(1);
    echo $one->get($look), $other->get($look), count($site->events('obsolete_access')), "\n";
    unlink("$site->directory/events");
}
?>
--EXPECT--
victim first: {"user":"alice"} {"user":"alice"} bool(true)
int(0)
[] [["CRITICAL","obsolete",true]] [] [] [] [] 1
thief first: {"user":"alice"} {"user":"alice"} bool(true)
int(0)
[] [["CRITICAL","obsolete",true]] [] [] [] [] 1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
