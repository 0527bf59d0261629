--TEST--
The PHP manual's my_session_start() and my_session_regenerate_id(), with time-stamps in $_SESSION and strict mode off, end in a working session
--FILE--
<?php
require __DIR__ . '/../browser.inc';
// The two functions as the manual has them.
$manual = <<<'CODE'
    function my_session_start() {
        session_start();
        if (isset($_SESSION['destroyed'])) {
            if ($_SESSION['destroyed'] < time() - 300) {
                remove_all_authentication_flag_from_active_sessions($_SESSION['userid']);
                throw new DestroyedSessionAccessException;
            }
            if (isset($_SESSION['new_session_id'])) {
                session_commit();
                session_id($_SESSION['new_session_id']);
                session_start();
                return;
            }
        }
    }
    function my_session_regenerate_id() {
        $new_session_id = session_create_id();
        $_SESSION['new_session_id'] = $new_session_id;
        $_SESSION['destroyed'] = time();
        session_commit();
        session_id($new_session_id);
        ini_set('session.use_strict_mode', 0);
        session_start();
        ini_set('session.use_strict_mode', 1);
        unset($_SESSION['destroyed']);
        unset($_SESSION['new_session_id']);
    }
    ini_set('session.use_strict_mode', 1);
    error_reporting(E_ALL & ~E_WARNING);
    CODE;
// The other sample: the prefix names the user.
$prefixed = str_replace('session_create_id()', 'session_create_id("user12-")', $manual);
foreach ([$manual, $prefixed] as $sample) {
    $site = new Site(__FILE__);
    $browser = $site->browser();
    $show = "$sample my_session_start(); unset(\$_SESSION['at']); echo json_encode(\$_SESSION), session_id() === \$_COOKIE['PHPSESSID'] ? '' : ' another ID', \"\\n\";";
    $browser->get("$sample my_session_start(); \$_SESSION['cart'] = 1;");
    $old = $browser->sid();
    $response = $browser->get("$sample my_session_start(); my_session_regenerate_id(); \$_SESSION['userid'] = 12; var_dump(session_status() === PHP_SESSION_ACTIVE);");
    echo $response;
    var_dump($browser->sid() !== $old, $response->cookie()?->value === $browser->sid());
    echo 'new: ', $browser->get($show), 'new again: ', $browser->get($show);
    echo 'old, soon after: ', $site->browser()->present($old)->get($show);
    $site->pass(16 * 60);
    $browser->get($show);
    echo 'rotated: ', $browser->get($show);
}
?>
--EXPECT--
bool(true)
bool(true)
bool(true)
new: {"userid":12}
new again: {"userid":12}
old, soon after: {"userid":12} another ID
rotated: {"userid":12}
bool(true)
bool(true)
bool(true)
new: {"userid":12}
new again: {"userid":12}
old, soon after: {"userid":12} another ID
rotated: {"userid":12}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
