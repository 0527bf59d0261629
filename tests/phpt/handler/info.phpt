--TEST--
phpinfo() shows the settings, and never a password
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['redis://user:se:cret@127.0.0.1:1/1', 'tcp://127.0.0.1:1?auth[]=cret', 'seed[]=127.0.0.1:1&auth=cret', 'mysql://user:cret@host', 'cret@host'] as $store) {
    $site = new Site(__FILE__, ['sidereal.store' => $store, 'display_startup_errors' => '0']);
    $info = strip_tags($site->browser()->get('phpinfo(INFO_MODULES);')->body);
    preg_match('/^sidereal\.store(?!_).*$/m', $info, $shown);
    preg_match('/^Store (\S+ \S+ \S+)/m', $info, $at);
    echo "$at[1] / $shown[0] / ", str_contains($info, 'cret') ? "shown\n" : "masked\n";
}
$command = $site->command(PHP_BINARY, ['sidereal.store' => 'memory:']);
echo shell_exec(implode(' ', array_map(escapeshellarg(...), $command)) . ' --ri sidereal');
?>
--EXPECTF--
Redis, at redis://127.0.0.1:1/1 / sidereal.storeredis:***redis:*** / masked
Redis, at redis://127.0.0.1:1 / sidereal.storetcp:***tcp:*** / masked
Redis, at redis+cluster://127.0.0.1:1 / sidereal.storeseed:***seed:*** / masked
expected sidereal.store to / sidereal.storemysql:***mysql:*** / masked
expected sidereal.store to / sidereal.store****** / masked

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
