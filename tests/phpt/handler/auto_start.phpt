--TEST--
session.auto_start works, and cannot be made to adopt an ID
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.auto_start' => '1']);
$browser = $site->browser();
$response = $browser->get('$_SESSION["n"] = 1; var_dump(session_status() === PHP_SESSION_ACTIVE);');
echo $response;
var_dump($response->cookie()->attributes);
$response = $browser->get('echo $_SESSION["n"], "\n"; session_regenerate_id(); $_SESSION["n"] = 2;');
echo $response;
var_dump($response->cookie()->value === $browser->sid());
echo $browser->get('echo $_SESSION["n"], "\n"; session_destroy();');
var_dump($browser->sid());
// PHP 8.4 and later call use_only_cookies = 0 deprecated, at start-up.
$ini = ['session.use_only_cookies' => '0', 'display_startup_errors' => '0'];
$response = $site->browser()->get('var_dump(session_id() === "attacker");', query: ['PHPSESSID' => 'attacker'], ini: $ini);
echo $response;
?>
--EXPECT--
bool(true)
array(3) {
  ["path"]=>
  string(1) "/"
  ["httponly"]=>
  bool(true)
  ["samesite"]=>
  string(3) "Lax"
}
1
bool(true)
2
NULL
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
