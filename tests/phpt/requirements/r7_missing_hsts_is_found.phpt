--TEST--
R7: while a request is served the audit looks at https, HSTS and the cookie as it is really sent
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/audit.inc';
$site = new Site(__FILE__, GOOD);
$https = ['HTTPS' => 'on'];
$hsts = 'header("Strict-Transport-Security: max-age=31536000");';
$found = fn (string $code, array $server = [], array $ini = [], array $headers = []) =>
    $site->browser()->get($code . AUDIT, headers: $headers, ini: $ini, server: $server)->body;
echo 'without HSTS: ', $found('session_start();', $https);
echo 'short: ', $found('header("Strict-Transport-Security: max-age=300"); session_start();', $https);
echo 'with HSTS: ', $found("$hsts session_start();", $https);
echo 'by http: ', $found('');
echo 'behind a proxy: ', $found('', headers: ['X-Forwarded-Proto' => 'https']);
$behind = fn (string $trusted, array $headers, array $server = []) => $found($hsts, $server, ['sidereal.trusted_proxies' => $trusted], $headers);
echo 'a proxy that is named: ', $behind('192.0.2.0/24', ['X-Forwarded-Proto' => 'https']);
echo 'another one: ', $behind('198.51.100.1', ['X-Forwarded-Proto' => 'https']);
echo 'a named one that says http: ', $behind('192.0.2.1', ['X-Forwarded-Proto' => 'http']);
echo 'the same by TLS: ', $behind('192.0.2.1', ['X-Forwarded-Proto' => 'http'], $https);
echo 'another one by TLS: ', $behind('198.51.100.1', ['X-Forwarded-Proto' => 'http'], $https);
echo 'a header that is not read: ', $behind('192.0.2.1', ['Forwarded' => 'for=203.0.113.1;proto=https']);
echo 'weak settings, sent well: ', $found("$hsts session_start();", $https, ['session.cookie_httponly' => '0', 'session.cookie_samesite' => '']);
echo 'sent by hand: ', $found("$hsts session_start(); header_remove('Set-Cookie'); setcookie(session_name(), session_id());", $https);
echo 'sent twice: ', $found("$hsts session_start(); setcookie(session_name(), '', ['expires' => 1, 'path' => '/x']);", $https);
echo 'below the document root: ', $found($hsts, $https + ['DOCUMENT_ROOT' => $site->directory], ['sidereal.store' => "sqlite:$site->directory/web"]),
    $found("$hsts session_start();", $https + ['DOCUMENT_ROOT' => $site->directory], ['sidereal.store' => "sqlite:$site->directory/web"]);
?>
--EXPECT--
without HSTS: hsts
short: hsts
with HSTS: 
by http: https
behind a proxy: proxy-scheme
a proxy that is named: 
another one: proxy-scheme
a named one that says http: https
the same by TLS: https
another one by TLS: 
a header that is not read: proxy-scheme
weak settings, sent well: cookie-httponly cookie-samesite
sent by hand: cookie-sent
sent twice: cookie-sent-twice
below the document root: 
below-document-root
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
