--TEST--
session_reset() brings back what was read, keeps the ID and does not wait for its own lock
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
session_start();
$_SESSION['n'] = 1;
session_write_close();
session_start();
$id = session_id();
$_SESSION['n'] = 2;
$started = microtime(true);
var_dump(session_reset(), $_SESSION, session_id() === $id, microtime(true) - $started < 1);
$_SESSION['n'] = 3;
session_write_close();
session_start();
var_dump($_SESSION);
?>
--EXPECT--
bool(true)
array(1) {
  ["n"]=>
  int(1)
}
bool(true)
bool(true)
array(1) {
  ["n"]=>
  int(3)
}
