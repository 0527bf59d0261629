--TEST--
R43, R51: The roster has each of a user's sessions with its times, methods, network and device, marks this one, and loses what ends
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$firefox = ['User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'];
$phone_agent = ['User-Agent' => 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36'];
$laptop = $site->browser();
$laptop->get('session_start(); Sidereal\Session::login("alice", ["pwd", "otp"]);', headers: $firefox);
$site->pass(600);
$phone = $site->browser();
$phone->get('session_start(); Sidereal\Session::login("alice", "pwd");', headers: $phone_agent, server: ['REMOTE_ADDR' => '2001:db8:1:2:3:4:5:6']);
$bob = $site->browser();
$bob->get('session_start(); Sidereal\Session::login("bob");');
$list = '
    session_start();
    foreach (Sidereal\Roster::of("alice")->list() as $info) {
        assert($info instanceof Sidereal\SessionInfo);
        echo strlen($info->handle), " ", $info->authenticatedAt->getTimestamp() - $info->created->getTimestamp(), " ",
            intdiv($info->lastSeen->getTimestamp() - $info->created->getTimestamp(), 60), " min ", $info->created->getTimezone()->getName(), " ",
            implode("+", $info->methods), " $info->address, $info->agent ", $info->state->name, $info->current ? " (this one)" : "", "\n";
    }
    echo count(Sidereal\Roster::of("alice")), "\n";';
$site->pass(120);
echo $laptop->get($list, headers: $firefox);
echo "as another user sees it:\n", $bob->get($list);
echo "one logs out:\n";
$phone->get('session_start(); Sidereal\Session::logout();');
echo $laptop->get($list);
echo "the other one is idle for too long:\n";
$site->pass(31 * 60);
echo $bob->get($list);
?>
--EXPECT--
26 0 0 min +00:00 pwd 2001:db8:1:2::/64, Chrome, Android Authenticated
26 0 0 min +00:00 pwd+otp 192.0.2.0/24, Firefox, Linux Authenticated (this one)
2
as another user sees it:
26 0 12 min +00:00 pwd+otp 192.0.2.0/24, Firefox, Linux Authenticated
26 0 0 min +00:00 pwd 2001:db8:1:2::/64, Chrome, Android Authenticated
2
one logs out:
26 0 12 min +00:00 pwd+otp 192.0.2.0/24, Firefox, Linux Authenticated (this one)
1
the other one is idle for too long:
0
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
