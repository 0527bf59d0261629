--TEST--
An ID is only ever taken from the cookie, whatever session.use_only_cookies and use_trans_sid say
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$victim = $site->browser();
$victim->get('session_start(); $_SESSION["n"] = 1;');
$sid = $victim->sid();
$script = 'session_start(); var_dump($_SESSION === [], session_id() === $_REQUEST["PHPSESSID"], SID); echo "<a href=\"x.php\">x</a>\n";';
foreach ([[], ['session.use_cookies' => '0'], ['session.use_trans_sid' => '1'], ['session.use_cookies' => '0', 'session.use_trans_sid' => '1']] as $ini) {
    $ini += ['session.use_only_cookies' => '0', 'error_reporting' => E_ALL & ~E_DEPRECATED];
    echo $site->browser()->get($script, query: ['PHPSESSID' => $sid], ini: $ini);
    echo $site->browser()->post($script, ['PHPSESSID' => $sid], ini: $ini);
}
echo "by session_start():\n";
echo $site->browser()->get('session_start(["use_only_cookies" => 0, "use_trans_sid" => 1]); var_dump($_SESSION, SID);', query: ['PHPSESSID' => $sid], ini: ['error_reporting' => E_ALL & ~E_DEPRECATED]);
?>
--EXPECT--
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
bool(true)
bool(false)
string(0) ""
<a href="x.php">x</a>
by session_start():
array(0) {
}
string(0) ""
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
