--TEST--
A13: a flag that is set before session_regenerate_id() is seen under the new ID only, in every order of calls
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo json_encode($_SESSION), "\n";';
foreach ([
    '$_SESSION["user"] = "alice"; session_regenerate_id();',
    '$_SESSION["user"] = "alice"; session_regenerate_id(true);',
    '$_SESSION["user"] = "alice"; session_regenerate_id(); session_regenerate_id();',
    '$_SESSION["user"] = "alice"; session_regenerate_id(); session_regenerate_id(true);',
    'session_regenerate_id(true); $_SESSION["user"] = "alice"; session_regenerate_id();',
    'session_regenerate_id(); $_SESSION["user"] = "alice"; session_write_close(); session_start(); session_regenerate_id();',
    '$_SESSION["user"] = "alice"; session_regenerate_id(); session_write_close(); exit;',
    '$_SESSION["user"] = "alice"; session_regenerate_id(); throw new Exception;',
] as $login) {
    echo "$login\n";
    $site = new Site(__FILE__);
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["cart"] = 1;');
    $planted = $browser->sid();
    $response = $browser->get("session_start(); $login", ini: ['display_errors' => '0']);
    $new = $response->cookie()->value;
    if ($new === $planted) {
        echo "the ID has not changed\n";
    }
    echo 'old: ', $site->browser()->present($planted)->get($show);
    echo 'new: ', $browser->get($show);
}
?>
--EXPECT--
$_SESSION["user"] = "alice"; session_regenerate_id();
old: {"cart":1}
new: {"cart":1,"user":"alice"}
$_SESSION["user"] = "alice"; session_regenerate_id(true);
old: []
new: {"cart":1,"user":"alice"}
$_SESSION["user"] = "alice"; session_regenerate_id(); session_regenerate_id();
old: {"cart":1}
new: {"cart":1,"user":"alice"}
$_SESSION["user"] = "alice"; session_regenerate_id(); session_regenerate_id(true);
old: {"cart":1}
new: {"cart":1,"user":"alice"}
session_regenerate_id(true); $_SESSION["user"] = "alice"; session_regenerate_id();
old: []
new: {"cart":1,"user":"alice"}
session_regenerate_id(); $_SESSION["user"] = "alice"; session_write_close(); session_start(); session_regenerate_id();
old: {"cart":1}
new: {"cart":1,"user":"alice"}
$_SESSION["user"] = "alice"; session_regenerate_id(); session_write_close(); exit;
old: {"cart":1}
new: {"cart":1,"user":"alice"}
$_SESSION["user"] = "alice"; session_regenerate_id(); throw new Exception;
old: {"cart":1}
new: {"cart":1,"user":"alice"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
