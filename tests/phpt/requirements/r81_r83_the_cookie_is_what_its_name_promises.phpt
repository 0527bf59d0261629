--TEST--
R81, R83, A6: The cookie has every attribute and no more than the settings ask for; one that its own name makes browsers drop is not sent
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$https = ['HTTPS' => 'on'];
$host = ['session.name' => '__Host-sid'];
$show = function (array $ini, array $server = [], array $headers = [], string $code = 'var_dump(session_start());') use ($site) {
    $response = $site->browser()->get($code, headers: $headers, ini: $ini, server: $server);
    foreach ($response->all('Set-Cookie') as $line) {
        echo preg_replace('/=[a-z2-7]{26}-[a-z2-7]{52}/', '=ID', $line), "\n";
    }
    // PHP adds a warning of its own, with its own path.
    $lines = preg_grep('/^$|Failed to initialize/', explode("\n", $response->body), PREG_GREP_INVERT);
    echo preg_replace('/ in \S+ on line \d+/', '', implode("\n", $lines)), "\n";
};
echo "--- by http\n";
$show([]);
echo "--- by https\n";
$show([], $https);
$show($host, $https);
$show(['session.name' => '__Secure-sid', 'session.cookie_path' => '/shop', 'session.cookie_domain' => 'example.test'], $https);
echo "--- logged out\n";
$show($host, $https, code: 'session_start(); session_destroy();');
echo "--- TLS ends at a proxy\n";
$show($host + ['sidereal.trusted_proxies' => '192.0.2.1'], headers: ['X-Forwarded-Proto' => 'https']);
$show($host + ['session.cookie_secure' => '1']);
echo "--- dropped by browsers\n";
$show($host);
$show(['session.name' => '__Secure-sid']);
$show(['session.name' => '__host-sid', 'session.cookie_domain' => 'example.test'], $https);
$show($host + ['session.cookie_path' => '/shop'], $https);
echo "--- no cookie is sent\n";
$show($host + ['session.use_cookies' => '0']);
echo $site->run('var_dump(session_start());', $host);
?>
--EXPECT--
--- by http
PHPSESSID=ID; path=/; HttpOnly; SameSite=Lax
bool(true)
--- by https
PHPSESSID=ID; path=/; secure; HttpOnly; SameSite=Lax
bool(true)
__Host-sid=ID; path=/; secure; HttpOnly; SameSite=Lax
bool(true)
__Secure-sid=ID; path=/shop; domain=example.test; secure; HttpOnly; SameSite=Lax
bool(true)
--- logged out
__Host-sid=; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/; secure; HttpOnly; SameSite=Lax

--- TLS ends at a proxy
__Host-sid=ID; path=/; secure; HttpOnly; SameSite=Lax
bool(true)
__Host-sid=ID; path=/; secure; HttpOnly; SameSite=Lax
bool(true)
--- dropped by browsers
Warning: session_start(): Sidereal: expected the cookie "__Host-sid" (session.name) to be Secure, as its name promises, and with __Host- to have the path / and no domain, found otherwise by session.cookie_secure; serve by https and correct these, or choose a name without prefix
bool(false)
Warning: session_start(): Sidereal: expected the cookie "__Secure-sid" (session.name) to be Secure, as its name promises, and with __Host- to have the path / and no domain, found otherwise by session.cookie_secure; serve by https and correct these, or choose a name without prefix
bool(false)
Warning: session_start(): Sidereal: expected the cookie "__host-sid" (session.name) to be Secure, as its name promises, and with __Host- to have the path / and no domain, found otherwise by session.cookie_domain; serve by https and correct these, or choose a name without prefix
bool(false)
Warning: session_start(): Sidereal: expected the cookie "__Host-sid" (session.name) to be Secure, as its name promises, and with __Host- to have the path / and no domain, found otherwise by session.cookie_path; serve by https and correct these, or choose a name without prefix
bool(false)
--- no cookie is sent
bool(true)
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
