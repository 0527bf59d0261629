--TEST--
R71, R72, R74, R75, R76, R77: One signal alone is told once and harms nobody; a near network, a risen version and Referer are no signals
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$agent = fn (int $version) => "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/$version.0.0.0 Safari/537.36";
$home = [
    'User-Agent' => $agent(120),
    'Accept-Language' => 'de-DE,de;q=0.9,en;q=0.8',
    'Sec-CH-UA-Platform' => '"Windows"',
    'Sec-CH-UA-Mobile' => '?0',
    'Referer' => 'https://shop.example/cart',
];
$alice = $site->browser();
$alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";', headers: $home);
$sid = $alice->sid();
$ways = [
    'a near network' => [[], '192.0.99.1'],
    'a mapped address' => [[], '::ffff:192.0.2.5'],
    'IPv6' => [[], '2001:db8::1'],
    'no address' => [[], ''],
    'a risen version' => [['User-Agent' => $agent(131)], '192.0.2.1'],
    'no hints' => [['Sec-CH-UA-Platform' => '', 'Sec-CH-UA-Mobile' => ''], '192.0.2.1'],
    'Referer' => [['Referer' => 'https://evil.example/'], '192.0.2.1'],
    'a far network' => [[], '203.0.113.1'],
    'another browser' => [['User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'], '192.0.2.1'],
    'a fallen version' => [['User-Agent' => $agent(99)], '192.0.2.1'],
    'another language' => [['Accept-Language' => 'fr'], '192.0.2.1'],
    'another kind of device' => [['Sec-CH-UA-Mobile' => '?1'], '192.0.2.1'],
];
$seen = 0;
foreach ($ways as $way => [$headers, $address]) {
    for ($i = 0; $i < 3; $i++) {
        $answer = $alice->get(
            'session_start(); Sidereal\Session::requireFresh(); echo $_SESSION["user"], Sidereal\Session::mustReauthenticate() ? "!" : "";',
            headers: $headers + $home,
            server: ['REMOTE_ADDR' => $address],
        )->body;
    }
    $told = array_slice($site->events('client_changed'), $seen);
    $seen += count($told);
    echo "$way: $answer", implode(array_map(fn ($event) => " [$event[level] $event[reason] $event[count]]", $told)), "\n";
}
var_dump($alice->sid() === $sid, $site->events('client_stranger'));
?>
--EXPECT--
a near network: alice
a mapped address: alice
IPv6: alice
no address: alice
a risen version: alice
no hints: alice
Referer: alice
a far network: alice [INFO network 4]
another browser: alice [INFO agent 4]
a fallen version: alice [INFO version 2]
another language: alice [INFO language 2]
another kind of device: alice [INFO hints 2]
bool(true)
array(0) {
}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
