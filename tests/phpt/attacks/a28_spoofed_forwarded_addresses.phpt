--TEST--
A28: Only what a trusted proxy has written counts as the client's address and scheme, however the client dresses the header up
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); Sidereal\Session::login("alice"); echo Sidereal\Session::info()->address;';
$ask = function (string $remote, ?string $forwarded, string $proxies, array $headers = []) use ($site, $look) {
    $headers += $forwarded === null ? [] : ['X-Forwarded-For' => $forwarded];
    $response = $site->browser()->get($look, headers: $headers, ini: ['sidereal.trusted_proxies' => $proxies], server: ['REMOTE_ADDR' => $remote]);
    return $response->body . (isset($response->cookie()->attributes['secure']) ? ' secure' : '');
};
$trusted = '10.0.0.0/8, 2001:db8:5::/48';
$rows = [
    'nobody is trusted' => ['203.0.113.9', '198.51.100.1', ''],
    'no proxy of ours' => ['203.0.113.9', '198.51.100.1', $trusted],
    'a proxy of ours' => ['10.0.0.1', '198.51.100.1', $trusted],
    'a mapped proxy' => ['::ffff:10.0.0.1', '198.51.100.1', $trusted],
    'an IPv6 proxy' => ['2001:db8:5::1', '2001:db8:9::1', $trusted],
    'the leftmost is spoofed' => ['10.0.0.1', '127.0.0.1, 10.0.0.7, 198.51.100.1', $trusted],
    'two proxies' => ['10.0.0.1', 'evil, 198.51.100.1, 10.0.0.2', $trusted],
    'unknown' => ['10.0.0.1', 'unknown', $trusted],
    'a port' => ['10.0.0.1', '198.51.100.1:80', $trusted],
    'brackets' => ['10.0.0.1', '[2001:db8::1]', $trusted],
    '10 KB' => ['10.0.0.1', str_repeat('10.0.0.9,', 1200) . '10.0.0.2', $trusted],
    '10 KB to the left' => ['10.0.0.1', str_repeat('10.0.0.9,', 1200) . '198.51.100.1', $trusted],
    'no header' => ['10.0.0.1', null, $trusted],
    'another header' => ['10.0.0.1', null, $trusted, ['Forwarded' => 'for=198.51.100.1;proto=https', 'X-Real-IP' => '198.51.100.1']],
    'https' => ['10.0.0.1', '198.51.100.1', $trusted, ['X-Forwarded-Proto' => 'https']],
    'https, it says' => ['203.0.113.9', '198.51.100.1', $trusted, ['X-Forwarded-Proto' => 'https']],
    'a list of schemes' => ['10.0.0.1', '198.51.100.1', $trusted, ['X-Forwarded-Proto' => 'https, http']],
];
foreach ($rows as $row => $arguments) {
    echo "$row: ", $ask(...$arguments), "\n";
}
echo $site->run('session_start();', ['sidereal.trusted_proxies' => '10.0.0.0/8, proxy.example']);
?>
--EXPECTF--
nobody is trusted: 203.0.113.0/24
no proxy of ours: 203.0.113.0/24
a proxy of ours: 198.51.100.0/24
a mapped proxy: 198.51.100.0/24
an IPv6 proxy: 2001:db8:9::/64
the leftmost is spoofed: 198.51.100.0/24
two proxies: 198.51.100.0/24
unknown: 10.0.0.0/24
a port: 10.0.0.0/24
brackets: 10.0.0.0/24
10 KB: 10.0.0.0/24
10 KB to the left: 198.51.100.0/24
no header: 10.0.0.0/24
another header: 10.0.0.0/24
https: 198.51.100.0/24 secure
https, it says: 203.0.113.0/24
a list of schemes: 198.51.100.0/24
%AWarning: PHP Startup: Sidereal: expected sidereal.trusted_proxies to be addresses and networks such as 10.0.0.0/8, separated by commas, found "proxy.example"; mend this one in Unknown on line 0
%A
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
