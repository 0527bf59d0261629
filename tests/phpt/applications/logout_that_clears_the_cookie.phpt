--TEST--
The manual's log-out, which clears the cookie itself, leaves the client without a cookie, and the session dead
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$logout = '
    session_start();
    $_SESSION = [];
    $params = session_get_cookie_params();
    setcookie(session_name(), "", time() - 42000, $params["path"], $params["domain"], $params["secure"], $params["httponly"]);
    session_destroy();';
$orders = [
    'before' => $logout,
    'after' => preg_replace('/(\s*setcookie.*\n)(\s*session_destroy\(\);)/', '$2$1', $logout),
    'by headers' => 'session_start(); session_unset(); session_destroy(); header("Set-Cookie: PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", false);',
    'not destroyed at all' => 'session_start(); $_SESSION = []; setcookie(session_name(), "", 1, "/");',
];
foreach ($orders as $order => $code) {
    $site = new Site(__FILE__);
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["user"] = "alice";');
    $old = $browser->sid();
    $response = $browser->get($code);
    echo "$order: ", $response->body, $browser->sid() === null ? 'no cookie' : 'A COOKIE', ', ', count(array_filter($response->cookies(), fn ($cookie) => !$cookie->isExpired())), " set, old: ";
    echo $site->browser()->present($old)->get('session_start(); echo json_encode($_SESSION);'), ', new: ';
    echo $browser->get('session_start(); echo json_encode($_SESSION);'), $browser->sid() === $old ? ' THE OLD ID' : '', "\n";
}
?>
--EXPECT--
before: no cookie, 0 set, old: [], new: []
after: no cookie, 0 set, old: [], new: []
by headers: no cookie, 0 set, old: [], new: []
not destroyed at all: no cookie, 0 set, old: [], new: []
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
