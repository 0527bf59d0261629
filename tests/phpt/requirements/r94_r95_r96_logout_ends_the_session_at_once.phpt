--TEST--
R94, R95, R96: After a log-out no ID of the session opens anything, though gc never runs, and the cookie is cleared with a time in 1970 and Max-Age=0
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.gc_probability' => '0', 'session.name' => 'SHOP', 'session.cookie_path' => '/shop', 'session.cookie_domain' => 'example.test']);
$look = 'session_start(); echo json_encode($_SESSION), " ";';
$log_outs = [
    'session_destroy()' => 'session_start(); session_destroy();',
    'emptied before' => 'session_start(); $_SESSION = []; session_destroy();',
    'as in the manual' => '
        session_start();
        $_SESSION = [];
        $p = session_get_cookie_params();
        setcookie(session_name(), "", time() - 42000, $p["path"], $p["domain"], $p["secure"], $p["httponly"]);
        session_destroy();',
];
foreach ($log_outs as $how => $log_out) {
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["cart"] = 3;');
    $ids = [$alice->sid('SHOP')];
    $alice->get('session_start(); session_regenerate_id(); $_SESSION["user"] = "alice";');
    $ids[] = $alice->sid('SHOP');
    $site->pass(901);
    $alice->get($look);
    $ids[] = $alice->sid('SHOP');
    echo "$how: ", $alice->get($look);
    var_dump(count(array_unique($ids)));
    $response = $alice->get($log_out);
    $cookies = array_filter($response->cookies(), fn ($cookie) => $cookie->name === 'SHOP');
    $last = end($cookies);
    echo json_encode([$last->value === '', $last->attributes['path'], $last->attributes['domain'], substr($last->attributes['expires'], -24), $last->attributes['max-age']], JSON_UNESCAPED_SLASHES), ' ';
    var_dump($alice->sid('SHOP') === null);
    foreach ([0, 61, 3600] as $later) {
        $site->pass($later);
        foreach ($ids as $id) {
            $replay = $site->browser()->present($id, 'SHOP');
            echo $replay->get($look), $site->browser()->present($id, 'SHOP')->get('session_start(["read_and_close" => true]); echo json_encode($_SESSION), " ";');
            $site->browser()->present($id, 'SHOP')->get('session_start(); $_SESSION["user"] = "mallory";');
        }
    }
    echo "\nthe next visit: ", $alice->get($look), "\n";
}
?>
--EXPECTF--
session_destroy(): {"cart":3,"user":"alice"} int(3)
[true,"/shop","example.test","01-Jan-1970 00:00:%d GMT","0"] bool(true)
[] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] 
the next visit: [] 
emptied before: {"cart":3,"user":"alice"} int(3)
[true,"/shop","example.test","01-Jan-1970 00:00:%d GMT","0"] bool(true)
[] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] 
the next visit: [] 
as in the manual: {"cart":3,"user":"alice"} int(3)
[true,"/shop","example.test","01-Jan-1970 00:00:%d GMT","0"] bool(true)
[] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] [] 
the next visit: [] 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
