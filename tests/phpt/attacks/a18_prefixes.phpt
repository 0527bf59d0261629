--TEST--
A18: session_create_id() takes prefixes of A-Z, a-z, 0-9, "-" and "," up to 177 characters, and no other
--INI--
session.save_handler=sidereal
session.gc_probability=0
sidereal.store=memory:
sidereal.log=none
--FILE--
<?php
ob_start();
$prefixes = [
    'u1-' => 'u1-', 'u12-' => 'u12-', ',' => ',', 'percent' => 'u%', 'underscore' => 'u_1', 'star' => '*', 'braces' => '{u1}', 'colon' => 'u1:', 'slash' => '../u1',
    'CR LF' => "u1\r\n", 'umlaut' => 'ü', '177' => str_repeat('a', 177), '178' => str_repeat('a', 178), '256' => str_repeat('a', 256),
    '257' => str_repeat('a', 257), 'empty' => '',
];
foreach (['without a session', 'with a session'] as $when) {
    echo "$when:\n";
    foreach ($prefixes as $what => $prefix) {
        try {
            error_clear_last();
            $id = @session_create_id($prefix);
            if (is_string($id)) {
                $rest = substr($id, strlen($prefix));
                echo "$what: ", str_starts_with($id, $prefix) && strlen($rest) === 79 && strlen($id) <= 256 ? 'an ID' : 'A WRONG ID', "\n";
            } else {
                echo "$what: ", var_export($id, true), ', ', preg_replace('/^session_create_id\(\): (.{0,60}).*$/', '$1', error_get_last()['message'] ?? 'NO MESSAGE'), "\n";
            }
        } catch (ValueError $error) {
            echo "$what: ", $error->getMessage(), "\n";
        }
    }
    @session_start();
}
?>
--EXPECTF--
without a session:
u1-: an ID
u12-: an ID
,: an ID
percent: false, Prefix cannot contain special characters. Only the A-Z, a-z,
underscore: false, Prefix cannot contain special characters. Only the A-Z, a-z,
star: false, Prefix cannot contain special characters. Only the A-Z, a-z,
braces: false, Prefix cannot contain special characters. Only the A-Z, a-z,
colon: false, Prefix cannot contain special characters. Only the A-Z, a-z,
slash: false, Prefix cannot contain special characters. Only the A-Z, a-z,
CR LF: false, Prefix cannot contain special characters. Only the A-Z, a-z,
umlaut: false, Prefix cannot contain special characters. Only the A-Z, a-z,
177: an ID
178: false, Sidereal: expected the prefix of a session ID to be at most 
256: false, Sidereal: expected the prefix of a session ID to be at most 
257: %r(false, Prefix cannot contain special characters\. Only the A-Z, a-z,|session_create_id\(\): Argument #1 \(\$prefix\) cannot be longer than 256 characters)%r
empty: an ID
with a session:
u1-: an ID
u12-: an ID
,: an ID
percent: false, Prefix cannot contain special characters. Only the A-Z, a-z,
underscore: false, Prefix cannot contain special characters. Only the A-Z, a-z,
star: false, Prefix cannot contain special characters. Only the A-Z, a-z,
braces: false, Prefix cannot contain special characters. Only the A-Z, a-z,
colon: false, Prefix cannot contain special characters. Only the A-Z, a-z,
slash: false, Prefix cannot contain special characters. Only the A-Z, a-z,
CR LF: false, Prefix cannot contain special characters. Only the A-Z, a-z,
umlaut: false, Prefix cannot contain special characters. Only the A-Z, a-z,
177: an ID
178: false, Sidereal: expected the prefix of a session ID to be at most 
256: false, Sidereal: expected the prefix of a session ID to be at most 
257: %r(false, Prefix cannot contain special characters\. Only the A-Z, a-z,|session_create_id\(\): Argument #1 \(\$prefix\) cannot be longer than 256 characters)%r
empty: an ID
