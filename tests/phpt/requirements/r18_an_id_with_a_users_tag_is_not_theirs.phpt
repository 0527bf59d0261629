--TEST--
R18: Whoever sends an ID with another user's tag or prefix and a secret of their own is given a fresh session, and is not listed
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.use_strict_mode' => '0']);
$alice = $site->browser();
$alice->get('session_id(session_create_id("u12-")); session_start(); Sidereal\Session::login("alice");');
$mallory = $site->browser();
$mallory->get('session_start(); Sidereal\Session::login("mallory");');
[$tag, $secret] = [substr($alice->sid(), 0, -53), substr($mallory->sid(), -52)];
foreach (["$tag-$secret", "u12-$secret", 'u12-' . $mallory->sid(), "$tag-" . str_repeat('a', 52)] as $forged) {
    $browser = $site->browser()->present($forged);
    echo $browser->get('session_start(); $_SESSION["evil"] = 1; echo Sidereal\Session::denial()?->name, " "; var_dump(Sidereal\Session::userIs("alice"));');
    var_dump($browser->sid() === $forged);
}
echo $site->run('echo count(Sidereal\Roster::of("alice")), " ", count(Sidereal\Roster::ofPrefix("u12-")), "\n";');
?>
--EXPECT--
Forged bool(false)
bool(false)
Forged bool(false)
bool(false)
Forged bool(false)
bool(false)
Forged bool(false)
bool(false)
1 1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
