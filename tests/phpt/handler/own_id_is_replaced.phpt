--TEST--
An ID of the application's own making is replaced, with one notice that says why
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
session_id('visitor42');
var_dump(session_start(), session_id() !== 'visitor42');
session_write_close();
var_dump(session_start());
?>
--EXPECTF--
Notice: session_start(): Sidereal: expected session_id() to be given the ID of a session that is alive, or one made by session_create_id(), found one that opens nothing (forged); the session has a new ID, which session_id() tells in %s on line %d
bool(true)
bool(true)
bool(true)
