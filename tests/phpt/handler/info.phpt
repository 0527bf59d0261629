--TEST--
phpinfo() shows the settings, and never a password
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.store' => 'redis://user:se:cret@host:6379/1', 'display_startup_errors' => '0']);
$info = $site->browser()->get('phpinfo(INFO_MODULES);')->body;
var_dump(str_contains($info, 'redis://user:***@host:6379/1'), str_contains($info, 'cret'));
$command = $site->command(PHP_BINARY, ['sidereal.store' => 'memory:']);
echo shell_exec(implode(' ', array_map(escapeshellarg(...), $command)) . ' --ri sidereal');
?>
--EXPECTF--
bool(true)
bool(false)

sidereal

Sidereal sessions => enabled
Version => %d.%d.%d
Build => %rNTS|ZTS%r, PHP API %d
Store => memory of one process
Keyring => memory of one process
Policy => idle 1800 s, absolute 43200 s, rotate 900 s, grace 60 s, alarm after 300 s
Audit => 1 error, 2 warnings, %d notes; echo Sidereal\Audit::run() tells what

Directive => Local Value => Master Value
sidereal.store => memory: => memory:
%A
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
