--TEST--
A setting that makes no sense is refused with a sentence, and cannot be changed by the application
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$ask = 'var_dump(session_start());';
foreach (['sidereal.profile' => 'paranoid', 'sidereal.idle_timeout' => '30m', 'sidereal.lock_failure' => 'ignore', 'sidereal.regenerate' => 'never', 'sidereal.log' => 'stdout', 'sidereal.store' => 'redis://user:secret@host', 'sidereal.keyring' => 'keys', 'sidereal.max_payload' => '-1'] as $name => $value) {
    echo preg_replace('/^PHP Warning.*\n/m', '', $site->browser()->get($ask, ini: [$name => $value]));
}
echo $site->browser()->get('var_dump(ini_set("sidereal.profile", "low"), ini_get("sidereal.profile"));');
echo "memory is for the command line:\n";
echo $site->browser()->get($ask, ini: ['sidereal.store' => 'memory:']);
?>
--EXPECTF--
%A
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
