--TEST--
session_decode() replaces the data; data that cannot be decoded destroys nothing that is stored
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
var_dump(session_decode('n|i:7;'), $_SESSION['n']);
$id = session_id();
var_dump(session_decode('n|i:7;broken|O:'));
var_dump(session_status() === PHP_SESSION_NONE);
session_id($id);
var_dump(@session_start(), session_id() === $id, $_SESSION);
?>
--EXPECTF--
bool(true)
int(7)

Warning: session_decode(): Failed to decode session object. Session has been destroyed in %s on line %d
bool(false)
bool(true)
bool(true)
bool(false)
array(0) {
}
