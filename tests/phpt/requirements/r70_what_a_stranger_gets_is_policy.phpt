--TEST--
R70: sidereal.client_change says what a stranger gets; when they are denied the session goes on for its owner
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$chrome = ['User-Agent' => 'Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36'];
$curl = ['User-Agent' => 'curl/8.5.0'];
$https = ['HTTPS' => 'on'];
$settings = [
    ['sidereal.client_change' => 'ignore'],
    ['sidereal.client_change' => 'event'],
    ['sidereal.client_change' => 'deny'],
    ['sidereal.profile' => 'low'],
    ['sidereal.profile' => 'high'],
];
$look = '
    session_start();
    echo $_SESSION["user"] ?? "nobody", ", must prove it: ", var_export(Sidereal\Session::mustReauthenticate(), true), ", denial: ",
        Sidereal\Session::denial()?->value ?? "none", "; ";';
foreach ($settings as $ini) {
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["user"] = "alice";', headers: $chrome, ini: $ini, server: $https);
    $thief = clone $alice;
    $seen = count($site->events('client_stranger'));
    echo implode(', ', array_map(fn ($name) => "$name = $ini[$name]", array_keys($ini))), "\n  ";
    echo $thief->get($look, headers: $curl, ini: $ini, server: ['REMOTE_ADDR' => '203.0.113.1'] + $https);
    echo $alice->get($look, headers: $chrome, ini: $ini, server: $https), "\n  ";
    echo json_encode(array_column(array_slice($site->events('client_stranger'), $seen), 'reason')), "\n";
}
echo $site->run('session_start();', ['sidereal.client_change' => 'shrug']);
?>
--EXPECTF--
sidereal.client_change = ignore
  alice, must prove it: false, denial: none; alice, must prove it: false, denial: none; 
  []
sidereal.client_change = event
  alice, must prove it: false, denial: none; alice, must prove it: false, denial: none; 
  ["told"]
sidereal.client_change = deny
  nobody, must prove it: false, denial: stranger; alice, must prove it: false, denial: none; 
  ["denied"]
sidereal.profile = low
  alice, must prove it: false, denial: none; alice, must prove it: false, denial: none; 
  ["told"]
sidereal.profile = high
  alice, must prove it: true, denial: none; alice, must prove it: true, denial: none; 
  ["step-up"]

Warning: PHP Startup: Sidereal: expected sidereal.client_change to be ignore, event, step-up or deny, found "shrug"; set one of these in Unknown on line 0
%A
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
