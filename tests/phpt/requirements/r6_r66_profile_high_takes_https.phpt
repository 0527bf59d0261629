--TEST--
R6, R66: Profile high opens no session and sends no cookie by http, but on the machine itself; a trusted proxy says what the client came by
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.profile' => 'high']);
$ask = 'var_dump(session_start());';
$response = $site->browser()->get($ask);
echo $response, 'cookie: ', json_encode($response->cookie()), "\n";
$ways = [
    'https' => [['HTTPS' => 'on'], [], ''],
    'the machine itself' => [['REMOTE_ADDR' => '127.0.0.1'], [], ''],
    'for somebody else' => [['REMOTE_ADDR' => '127.0.0.1'], ['X-Forwarded-For' => '198.51.100.1'], ''],
    'a proxy that is trusted' => [['REMOTE_ADDR' => '10.0.0.1'], ['X-Forwarded-For' => '198.51.100.1', 'X-Forwarded-Proto' => 'https'], '10.0.0.0/8'],
    'one that is not' => [['REMOTE_ADDR' => '10.0.0.1'], ['X-Forwarded-For' => '198.51.100.1', 'X-Forwarded-Proto' => 'https'], ''],
    'it says http' => [['REMOTE_ADDR' => '10.0.0.1', 'HTTPS' => 'on'], ['X-Forwarded-For' => '198.51.100.1', 'X-Forwarded-Proto' => 'http'], '10.0.0.0/8'],
];
foreach ($ways as $way => [$server, $headers, $proxies]) {
    $response = $site->browser()->get(
        'echo @session_start() ? "yes" : "no";',
        headers: $headers,
        ini: ['sidereal.trusted_proxies' => $proxies],
        server: $server,
    );
    $secure = $response->cookie()?->attributes['secure'] ?? false;
    echo "$way: $response", $response->cookie() ? ', a cookie' : '', $secure ? ', secure' : '', "\n";
}
echo 'on the command line: ', $site->run('var_dump(session_start());');
?>
--EXPECTF--

Warning: session_start(): Sidereal: expected a request by https for a session in profile high, found one by http; serve by https, and where TLS ends at a proxy name that in sidereal.trusted_proxies and have it send X-Forwarded-Proto in %s on line %d

Warning: session_start(): Failed to initialize storage module: sidereal (path: %S) in %s on line %d
bool(false)
cookie: null
https: yes, a cookie, secure
the machine itself: yes, a cookie
for somebody else: no
a proxy that is trusted: yes, a cookie, secure
one that is not: no
it says http: no
on the command line: bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
