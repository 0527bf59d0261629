--TEST--
R94, R95, R96, R97: Session::logout() ends the session on the server at once, empties $_SESSION, clears the cookie by a time in the past, and no script has to
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['', 'clearSiteData: true'] as $arguments) {
    $site = new Site(__FILE__, ['session.gc_probability' => '0']);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["cart"] = 3;');
    $ids = [$alice->sid()];
    $alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";');
    $ids[] = $alice->sid();
    $response = $alice->get("session_start(); Sidereal\\Session::logout($arguments); var_dump(\$_SESSION, session_status() === PHP_SESSION_NONE);");
    echo $response;
    $cookie = $response->cookie();
    echo json_encode([$cookie->value, $cookie->attributes['max-age'], substr($cookie->attributes['expires'], 8, 3), $response->header('Clear-Site-Data')]), "\n";
    var_dump($alice->sid(), str_contains($response->body, '<script'));
    foreach ([0, 61, 3600] as $later) {
        $site->pass($later);
        foreach ($ids as $id) {
            echo $site->browser()->present($id)->get('session_start(); echo json_encode($_SESSION), Sidereal\Session::denial()?->name, " ";');
        }
    }
    echo "\n", $site->run('var_dump(count(Sidereal\Roster::of("alice")));');
}
?>
--EXPECTF--
array(0) {
}
bool(true)
["","0","Jan",null]
NULL
bool(false)
[]%S []%S []%S []%S []%S []%S 
int(0)
array(0) {
}
bool(true)
["","0","Jan","\"cache\", \"cookies\", \"storage\""]
NULL
bool(false)
[]%S []%S []%S []%S []%S []%S 
int(0)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
