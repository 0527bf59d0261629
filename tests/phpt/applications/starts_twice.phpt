--TEST--
Libraries that start the session again, open or closed, get the same session, and the client one cookie at most
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$script = '
    session_start();
    $id = session_id();
    $_SESSION["a"] = ($_SESSION["a"] ?? 0) + 1;
    if (session_status() !== PHP_SESSION_ACTIVE) { session_start(); }
    @session_start();
    $_SESSION["b"] = ($_SESSION["b"] ?? 0) + 1;
    session_write_close();
    session_start();
    $_SESSION["c"] = ($_SESSION["c"] ?? 0) + 1;
    session_write_close();
    session_start(["read_and_close" => true]);
    echo json_encode($_SESSION), session_id() === $id ? "" : " ANOTHER ID", "\n";';
$browser = $site->browser();
for ($i = 0; $i < 4; $i++) {
    $before = $browser->sid();
    $response = $browser->get($script);
    // PHP may send again what the client has; cookie() throws when there are two.
    $sent = $response->cookie()?->value;
    echo $response, match (true) { $before === null => $sent === null ? 'no ID' : 'first ID', $sent === null || $sent === $before => 'same ID', default => 'new ID' }, "\n";
    $site->pass($i === 1 ? 16 * 60 : 1);
}
?>
--EXPECT--
{"a":1,"b":1,"c":1}
first ID
{"a":2,"b":2,"c":2}
same ID
{"a":3,"b":3,"c":3}
new ID
{"a":4,"b":4,"c":4}
same ID
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
