--TEST--
A2: an ID in the query string, in a form field or in the referer is not used, and none is written into pages
--FILE--
<?php
require __DIR__ . '/../browser.inc';
// PHP 8.4 and later call these settings deprecated, at start-up.
$site = new Site(__FILE__, ['session.use_only_cookies' => '0', 'session.use_trans_sid' => '1', 'session.referer_check' => '', 'display_startup_errors' => '0']);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
$id = $alice->sid();
echo $site->browser()->get($show, ['PHPSESSID' => $id]);
echo $site->browser()->post($show, ['PHPSESSID' => $id]);
echo $site->browser()->get($show, server: ['PATH_INFO' => "/PHPSESSID=$id", 'REQUEST_URI' => "/x.php/PHPSESSID=$id/y"]);
echo $site->browser()->get($show, ['PHPSESSID' => $id], ini: ['session.use_cookies' => '0']);
echo "a visitor's own cookie counts more:\n";
$bob = $site->browser();
$bob->get('session_start(); $_SESSION["user"] = "bob";');
echo $bob->get($show, ['PHPSESSID' => $id]);
echo $bob->post($show, ['PHPSESSID' => $id]);
echo "no ID in pages:\n";
foreach ([$site->browser(), $alice] as $browser) {
    $page = $browser->get('session_start(); $_SESSION["n"] = 1; echo "<a href=\"other.php\">x</a><form action=\"f.php\" method=\"post\"></form>";');
    var_dump(str_contains($page->body, 'PHPSESSID') || str_contains($page->body, $browser->sid()));
}
echo $alice->get($show);
?>
--EXPECT--
nobody
nobody
nobody
nobody
a visitor's own cookie counts more:
bob
bob
no ID in pages:
bool(false)
bool(false)
alice
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
