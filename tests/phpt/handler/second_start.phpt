--TEST--
A second session_start() while the session is open changes nothing
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
session_start();
$id = session_id();
$_SESSION['n'] = 1;
var_dump(session_start(), session_id() === $id, $_SESSION);
?>
--EXPECTF--
Notice: session_start(): Ignoring session_start() because a session is already active%S in %s on line %d
bool(true)
bool(true)
array(1) {
  ["n"]=>
  int(1)
}
