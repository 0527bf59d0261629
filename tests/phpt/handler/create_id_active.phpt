--TEST--
session_create_id() within a session makes an ID and leaves the session alone
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
$own = session_id();
$id = session_create_id('p-');
var_dump(str_starts_with($id, 'p-'), $id !== $own, session_id() === $own, $_SESSION);
session_write_close();
session_id($id);
session_start();
var_dump(session_id() === $id, $_SESSION);
session_write_close();
session_id($own);
session_start();
var_dump($_SESSION);
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
array(1) {
  ["n"]=>
  int(1)
}
bool(true)
array(0) {
}
array(1) {
  ["n"]=>
  int(1)
}
