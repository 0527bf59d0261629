--TEST--
R2: the audit lists what the profile protects with, and the price of each
--FILE--
<?php
require __DIR__ . '/audit.inc';
$site = new Site(__FILE__, GOOD);
$costs = fn (string $profile) => json_decode($site->run('echo Sidereal\Audit::run()->toJson();', ['sidereal.profile' => $profile]), true)['protections'];
[$standard, $high] = [$costs('standard'), $costs('high')];
foreach ($high as $i => ['setting' => $setting, 'value' => $value, 'price' => $price]) {
    if ($standard[$i]['value'] !== $value) {
        echo "$setting: {$standard[$i]['value']} -> $value\n";
    }
    if ($price === '') {
        echo "$setting has no price\n";
    }
}
echo preg_match('/^What the protections cost \(profile high\):\n(  sidereal\..*\n)+(  \(always\).*\n){3}/m', $site->run('echo Sidereal\Audit::run();', ['sidereal.profile' => 'high'])), "\n";
?>
--EXPECT--
sidereal.idle_timeout: 1800 s -> 900 s
sidereal.absolute_timeout: 43200 s -> 28800 s
sidereal.rotate_interval: 900 s -> 300 s
sidereal.grace: 60 s -> 30 s
sidereal.alarm_after: 300 s -> 120 s
sidereal.on_obsolete: revoke_family -> revoke_user
sidereal.sessions_per_user: 10 -> 3
sidereal.touch_interval: 90 s -> 45 s
1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
