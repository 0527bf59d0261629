--TEST--
regenerate is told from destroy through call_user_func(), reflection and in shutdown functions; twice in one request works
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
foreach ([
    'call_user_func("session_regenerate_id", true);',
    '(new ReflectionFunction("session_regenerate_id"))->invoke(true);',
    'session_regenerate_id(); session_regenerate_id(true);',
    'session_regenerate_id(); session_reset();',
    'session_regenerate_id(true); session_abort();',
    'ob_start(); register_shutdown_function(fn () => session_regenerate_id(true));',
] as $how) {
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["n"] = 1;');
    $old = $browser->sid();
    echo $browser->get("session_start(); $how");
    var_dump($browser->sid() !== $old);
    echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
}
?>
--EXPECT--
bool(true)
{"n":1}
bool(true)
{"n":1}
bool(true)
{"n":1}
bool(true)
{"n":1}
bool(true)
{"n":1}
bool(true)
{"n":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
