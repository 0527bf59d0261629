--TEST--
A visitor without a cookie gets a fresh ID in one cookie, and the data is there the next time
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$browser = $site->browser();
$response = $browser->get('var_dump(session_start(), $_SESSION); $_SESSION["n"] = 1; echo strlen(session_id()), "\n";');
echo $response;
$cookie = $response->cookie();
var_dump(preg_match('/^[a-z2-7]{26}-[a-z2-7]{52}$/', $cookie->value));
echo $browser->get('session_start(); var_dump($_SESSION);');
?>
--EXPECT--
bool(true)
array(0) {
}
79
int(1)
array(1) {
  ["n"]=>
  int(1)
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
