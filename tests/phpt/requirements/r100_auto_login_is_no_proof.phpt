--TEST--
R100 and auto-login: who was resumed is logged in by "remember" and has proved nothing; a token does not extend itself
--FILE--
<?php
require __DIR__ . '/../autologin.inc';
$site = remembering(__FILE__);
$alice = remembered($site, 'alice');
resumed($alice);
echo $alice->get('session_start();
    use Sidereal\{AutoLogin, Roster, Session};
    $info = Session::info();
    echo json_encode([$info->methods, $info->authenticatedAt, $info->state->name, Session::userIs("alice"), count(Roster::of("alice"))]), "\n";
    $calls = [
        fn () => Session::requireFresh(PHP_INT_MAX),
        fn () => Session::requireFresh(method: "remember"),
        fn () => AutoLogin::enable("alice"),
        fn () => AutoLogin::enable("bob"),
        fn () => var_dump(AutoLogin::resume()),
    ];
    foreach ($calls as $call) {
        try { $call(); } catch (Sidereal\ExceptionInterface $e) { echo get_class($e), " ", $e->getCode(), "\n"; }
    }
    $device = AutoLogin::list("alice")[0];
    echo json_encode([$device->current, $device->address, $device->ends > $device->lastUsed, $device->lastUsed >= $device->created, strlen($device->handle)]), "\n";
    Session::reauthenticated("pwd");
    Session::requireFresh();
    AutoLogin::enable("alice");
    echo json_encode([AutoLogin::revoke("alice", $device->handle), AutoLogin::revoke("bob", AutoLogin::list("alice")[0]->handle), AutoLogin::revoke("alice", AutoLogin::list("alice")[0]->handle)]), "\n";
', server: HTTPS);
?>
--EXPECT--
[["remember"],null,"Authenticated",true,2]
Sidereal\ReauthenticationRequired 16
Sidereal\ReauthenticationRequired 16
Sidereal\ReauthenticationRequired 16
Sidereal\NotBound 18
NULL
[true,"192.0.2.0\/24",true,true,26]
[0,0,1]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
