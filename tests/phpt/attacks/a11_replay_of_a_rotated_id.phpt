--TEST--
A11: a rotated ID that two parties go on with ends the session for both with one alarm, whoever was first
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
foreach (['the owner first', 'the thief first'] as $order) {
    echo "$order:\n";
    $site = new Site(__FILE__);
    $owner = $site->browser();
    $owner->get('session_start(); $_SESSION["user"] = "alice";');
    $site->pass(16 * 60);
    $thief = clone $owner;
    [$first, $second] = $order === 'the owner first' ? [$owner, $thief] : [$thief, $owner];
    $old = $first->sid();
    $first->get($show);
    $first->get($show);
    var_dump($first->sid() !== $old);
    echo "in the grace: ", $second->get($show);
    var_dump($second->sid() === $old, count($site->events('obsolete_access')));
    $late = clone $second;
    $site->pass(61);
    echo "after the grace: ", (clone $second)->get($show);
    echo "the other one: ", $first->get($show);
    var_dump(count($site->events('obsolete_access')));
    $site->pass(300);
    echo "after the alarm time: ", $late->get($show);
    echo "the other one: ", $first->get($show);
    foreach ($site->events('obsolete_access') as $event) {
        echo "$event[event] $event[level]\n";
    }
    $again = $site->browser()->present($old);
    echo "once more: ", $again->get($show);
    var_dump(count($site->events('obsolete_access')));
}
?>
--EXPECT--
the owner first:
bool(true)
in the grace: alice
bool(true)
int(0)
after the grace: nobody
the other one: alice
int(0)
after the alarm time: nobody
the other one: nobody
obsolete_access CRITICAL
once more: nobody
int(1)
the thief first:
bool(true)
in the grace: alice
bool(true)
int(0)
after the grace: nobody
the other one: alice
int(0)
after the alarm time: nobody
the other one: nobody
obsolete_access CRITICAL
once more: nobody
int(1)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
