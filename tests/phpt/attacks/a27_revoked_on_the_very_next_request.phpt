--TEST--
A27: what one process revokes, any other denies on its very next request, and says why; sessions of others stay
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", "/", Sidereal\Session::denial()?->name ?? "-", " ";';
$login = fn (string $user) => "session_start(); Sidereal\\Session::login('$user', 'pwd'); \$_SESSION['user'] = '$user';";
$browsers = [];
foreach (['laptop' => 'alice', 'phone' => 'alice', 'tablet' => 'alice', 'other' => 'bob'] as $name => $user) {
    $browsers[$name] = $site->browser();
    $browsers[$name]->get($login($user));
}
['laptop' => $laptop, 'phone' => $phone, 'tablet' => $tablet, 'other' => $other] = $browsers;
$show = function (string $what) use ($browsers, $look) {
    echo "$what: ", implode('', array_map(fn ($browser) => (clone $browser)->get($look), $browsers)), "\n";
};
$show('before');
$handle = $phone->get('session_start(); echo Sidereal\Session::info()->handle;')->body;
echo $other->get("session_start(); var_dump(Sidereal\\Roster::of('bob')->revoke('$handle'));");
$show("another user's handle");
echo $laptop->get("session_start(); var_dump(Sidereal\\Roster::of('alice')->revoke('$handle'), Sidereal\\Roster::of('alice')->revoke('$handle'));");
$show('one device');
echo $laptop->get('session_start(); var_dump(Sidereal\Roster::of("alice")->revokeOthers() > 0);');
$show('the others');
$tablet->get($login('alice'));
echo $site->run('var_dump(Sidereal\Roster::revokeUser("alice") > 0, Sidereal\Roster::revokeUser("alice"));');
$show('the user');
$laptop->get($login('alice'));
$show('logged in again');
$site->run('Sidereal\Roster::revokeAll();');
$show('everybody');
$laptop->get($login('alice'));
$site->pass(3600);
$site->run('session_start(); session_gc();');
foreach ($browsers as $name => $browser) {
    echo $browser->get($look);
}
?>
--EXPECT--
before: alice/- alice/- alice/- bob/- 
bool(false)
another user's handle: alice/- alice/- alice/- bob/- 
bool(true)
bool(false)
one device: alice/- nobody/Revoked alice/- bob/- 
bool(true)
the others: alice/- nobody/Revoked nobody/Revoked bob/- 
bool(true)
int(0)
the user: nobody/Revoked nobody/Revoked nobody/Revoked bob/- 
logged in again: alice/- nobody/Revoked nobody/Revoked bob/- 
everybody: nobody/Revoked nobody/Revoked nobody/Revoked nobody/Revoked 
nobody/Unknown nobody/Revoked nobody/Revoked nobody/Revoked 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
