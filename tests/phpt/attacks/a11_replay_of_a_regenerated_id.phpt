--TEST--
A11: the replay of an ID that session_regenerate_id() left behind raises the alarm and leaves the log-in alone
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", " ", $_SESSION["cart"] ?? "none", "\n";';
$site = new Site(__FILE__);
$owner = $site->browser();
$owner->get('session_start(); $_SESSION["cart"] = "pear";');
$thief = clone $owner;
$owner->get('session_start(); session_regenerate_id(); $_SESSION["user"] = "alice";');
echo $owner->get($show);
echo "in the grace: ", $thief->get($show);
$late = clone $thief;
$site->pass(61);
echo "after the grace: ", (clone $thief)->get($show);
var_dump(count($site->events('obsolete_access')));
$site->pass(300);
echo "after the alarm time: ", $late->get($show);
var_dump(count($site->events('obsolete_access')));
echo $owner->get($show);
?>
--EXPECT--
alice pear
in the grace: nobody pear
after the grace: nobody none
int(0)
after the alarm time: nobody none
int(1)
alice pear
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
