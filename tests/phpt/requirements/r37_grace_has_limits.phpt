--TEST--
R37: A grace of nothing and one of more than 300 seconds are refused with a sentence; 1 and 300 are not
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['display_startup_errors' => '0']);
foreach (['0', '301', '1', '300'] as $grace) {
    $body = $site->browser()->get('echo session_start() ? "started" : "refused", "\n";', ini: ['sidereal.grace' => $grace])->body;
    preg_match('/Sidereal: (.*) in /', $body, $found);
    echo "$grace: ", $found[1] ?? '', ' ', strrchr(rtrim("\n$body"), "\n"), "\n";
}
echo $site->browser()->get('var_dump(ini_set("sidereal.grace", "0"), ini_set("sidereal.grace", "200"));');
?>
--EXPECT--
0: expected sidereal.grace to be at least 1 second, or parallel requests lose their session, found 0 seconds; change one of the two 
refused
301: expected sidereal.grace to be at most 300 seconds, found 301 seconds; change one of the two 
refused
1:  
started
300:  
started
bool(false)
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
