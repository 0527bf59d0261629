--TEST--
R64: sidereal.csrf_rewrite puts a token into the forms of a page, into nothing else, and always one that is good
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.csrf_rewrite' => '1']);
$server = ['HTTP_HOST' => 'shop.example'];
$page = 'session_start(); $_SESSION["n"] = 1; ?><a href="/page">a</a>
<form action="/buy" method="post"><input name="x"></form>
<form action="https://evil.example/" method="post"></form>
<img src="/image"><frame src="/frame"><area href="/area">
';
$token = function (string $body): string {
    preg_match_all('/name="csrf_token" value="([\w-]{87})"/', $body, $found);
    return count($found[1]) === 1 ? $found[1][0] : 'found ' . count($found[1]);
};
$alice = $site->browser();
$body = $alice->get($page, server: $server)->body;
echo preg_replace('/value="[\w-]{87}"/', 'value="..."', $body);
$check = 'session_start(); try { Sidereal\Csrf::check(); echo "done"; } catch (Sidereal\CsrfRefused $e) { echo "refused"; }';
echo $alice->post($check, ['csrf_token' => $token($body)], server: $server), "\n";
echo 'without: ', $alice->post($check, [], server: $server), "\n";

$body = $alice->get('session_start(); Sidereal\Session::login("alice", "pwd"); ?><form method="post"></form>', server: $server)->body;
echo 'after a log-in: ', $alice->post($check, ['csrf_token' => $token($body)], server: $server), "\n";

$body = $alice->get('session_start(); session_write_close(); session_start(); session_regenerate_id(); ?><form method="post"></form>', server: $server)->body;
echo 'after many a start: ', $alice->post($check, ['csrf_token' => $token($body)], server: $server), "\n";

$body = $alice->get('?><form method="post"></form>', server: $server, ini: ['session.auto_start' => '1'])->body;
echo 'session.auto_start: ', $alice->post($check, ['csrf_token' => $token($body)], server: $server), "\n";

echo $alice->get('session_start(); ?><a href="/page">a</a><form method="post"></form>', server: $server, ini: ['url_rewriter.tags' => 'a=href,form=']), "\n";
echo $alice->get('session_start(); ?><form method="post"></form>', server: $server, ini: ['sidereal.csrf_rewrite' => '0']), "\n";
?>
--EXPECTF--
<a href="/page">a</a>
<form action="/buy" method="post"><input type="hidden" name="csrf_token" value="..." /><input name="x"></form>
<form action="https://evil.example/" method="post"></form>
<img src="/image"><frame src="/frame"><area href="/area">
done
without: refused
after a log-in: done
after many a start: done
session.auto_start: done

Warning: session_start(): Sidereal: expected url_rewriter.tags to be "form=", because a token must never get into a link, found others; set it so, or sidereal.csrf_rewrite = 0 in %s on line %d
<a href="/page">a</a><form method="post"></form>
<form method="post"></form>
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
