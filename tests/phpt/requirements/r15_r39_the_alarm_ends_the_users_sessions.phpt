--TEST--
R15, R39: Obsolete access ends what came of the log-in, and all of the user's sessions where sidereal.on_obsolete says so
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", " ";';
foreach (['deny', 'revoke_family', 'revoke_user'] as $policy) {
    $site->ini['sidereal.on_obsolete'] = $policy;
    [$laptop, $phone, $bob] = array_map(function (string $user) use ($site) {
        $browser = $site->browser();
        $browser->get("session_start(); Sidereal\\Session::login('$user', 'pwd'); \$_SESSION['user'] = '$user';");
        return $browser;
    }, ['alice', 'alice', 'bob']);
    $thief = clone $laptop;
    $site->pass(901);
    $laptop->get($look);
    $laptop->get($look);
    $phone->get($look);
    $bob->get($look);
    $site->pass(301);
    echo "$policy: thief ", $thief->get($look), 'laptop ', $laptop->get($look), 'phone ', $phone->get($look), 'bob ', $bob->get($look),
        count($site->events('obsolete_access')), " alarm\n";
    unlink("$site->directory/events");
}
echo $site->run('echo ini_get("sidereal.on_obsolete"), "\n"; session_start();', ['sidereal.on_obsolete' => 'shrug']);
?>
--EXPECTF--
deny: thief nobody laptop alice phone alice bob bob 1 alarm
revoke_family: thief nobody laptop nobody phone alice bob bob 1 alarm
revoke_user: thief nobody laptop nobody phone nobody bob bob 1 alarm

Warning: PHP Startup: Sidereal: expected sidereal.on_obsolete to be deny, revoke_family, revoke_user or unauthenticate, found "shrug"; set one of these in Unknown on line 0
%a
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
