--TEST--
A18: a prefix with NUL in it is refused like any other byte that no prefix may have
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
foreach (['without a session', 'with a session'] as $when) {
    foreach (["u1\0", "\0", "u1\0%_*", "u1-\0\r\n"] as $prefix) {
        try {
            $id = @session_create_id($prefix);
            echo "$when, ", json_encode($prefix), ': ', is_string($id) ? 'an ID of ' . strlen($id) . ' characters' : 'refused', "\n";
        } catch (ValueError) {
            echo "$when, ", json_encode($prefix), ": refused\n";
        }
    }
    @session_start();
}
?>
--EXPECT--
without a session, "u1\u0000": refused
without a session, "\u0000": refused
without a session, "u1\u0000%_*": refused
without a session, "u1-\u0000\r\n": refused
with a session, "u1\u0000": refused
with a session, "\u0000": refused
with a session, "u1\u0000%_*": refused
with a session, "u1-\u0000\r\n": refused
