--TEST--
R17, R53: IDs of a user share a tag that is a keyed hash; neither the cookie nor the store nor the log has a byte of the user ID, and another keyring makes another tag
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$user = 'confidential-4711@example.test';
$tag = fn (string $sid) => explode('-', $sid)[0];
$alice = $site->browser();
$anonymous = $alice->get('session_start(); $_SESSION["n"] = 1; echo session_id();')->body;
$alice->get("session_start(); Sidereal\\Session::login('$user', 'pwd');");
$phone = $site->browser();
$phone->get("session_start(); Sidereal\\Session::login('$user', 'pwd');");
$minted = $site->run("echo Sidereal\\Session::createId('$user');");
$bob = $site->run("echo Sidereal\\Session::createId('bob');");
var_dump($tag($alice->sid()) === $tag($phone->sid()), $tag($minted) === $tag($alice->sid()), $tag($anonymous) === $tag($alice->sid()), $tag($bob) === $tag($alice->sid()));
$site->pass(16 * 60);
$before = $alice->sid();
$alice->get('session_start();');
echo 'rotated: ';
var_dump($alice->sid() !== $before, $tag($alice->sid()) === $tag($before));

$leaks = 0;
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($site->directory, FilesystemIterator::SKIP_DOTS)) as $file) {
    // The scripts have it, of course.
    $leaks += !str_ends_with($file, '.php') && str_contains(implode(Site::written($file)), '4711');
}
echo "in $leaks files, ", str_contains("$before$minted", '4711') ? 'LEAK' : 'in no ID', "\n";

$other = new Site(__FILE__);
var_dump($tag($other->run("echo Sidereal\\Session::createId('$user');")) === $tag($minted));

echo 'a minted ID opens an empty session under the same tag: ';
echo $site->browser()->present($minted)->get('session_start(); echo session_id() === $_COOKIE["PHPSESSID"] ? "same ID " : "replaced "; var_dump($_SESSION, Sidereal\Session::userIs("' . $user . '"));');
?>
--EXPECT--
bool(true)
bool(true)
bool(false)
bool(false)
rotated: bool(true)
bool(true)
in 0 files, in no ID
bool(false)
a minted ID opens an empty session under the same tag: same ID array(0) {
}
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
