--TEST--
session_create_id() without a session makes an ID that session_start() accepts, with its prefix
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
$id = session_create_id('u12-');
var_dump(preg_match('/^u12-[a-z2-7]{26}-[a-z2-7]{52}$/', $id));
session_id($id);
var_dump(session_start(), session_id() === $id);
$_SESSION['n'] = 1;
session_write_close();
session_id($id);
session_start();
var_dump($_SESSION);
session_write_close();
var_dump(session_create_id('bad prefix'));
var_dump(session_create_id(str_repeat('x', 178)));
var_dump(strlen(session_create_id(str_repeat('x', 177))));
var_dump(strlen(session_create_id()));
?>
--EXPECTF--
int(1)
bool(true)
bool(true)
array(1) {
  ["n"]=>
  int(1)
}

Warning: session_create_id(): Prefix cannot contain special characters. Only the A-Z, a-z, 0-9, "-", and "," characters are allowed in %s on line %d
bool(false)

Warning: session_create_id(): Sidereal: expected the prefix of a session ID to be at most 177 characters of A-Z, a-z, 0-9, "-" and ",", found another one; shorten it in %s on line %d
bool(false)
int(256)
int(79)
