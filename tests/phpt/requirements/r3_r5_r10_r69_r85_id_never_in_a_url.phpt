--TEST--
R3, R5, R10, R69, R85: An ID in the query, a field, a path or a form with files opens nothing, and no ID is ever written into a page
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, [
    'session.use_only_cookies' => '0',
    'session.use_trans_sid' => '1',
    'error_reporting' => E_ALL & ~E_DEPRECATED,
    'session.upload_progress.freq' => '1',
    'session.upload_progress.min_freq' => '0',
]);
$victim = $site->browser();
$victim->get('session_start(); $_SESSION["user"] = "alice";');
$sid = $victim->sid();
$page = '
    session_start();
    echo json_encode($_SESSION), session_id() === ($_REQUEST["PHPSESSID"] ?? null) ? "adopted" : "", "|", SID, "|";
    echo "<a href=\"next.php\">x</a><a href=\"next.php?a=1\">x</a><form action=\"next.php\" method=\"post\"><input name=\"a\"></form><iframe src=\"next.php\"></iframe>";
    session_regenerate_id();
    echo "|", SID;';
$show = function (string $how, Response $response) use ($sid) {
    $new = $response->cookie()->value;
    echo "$how: ", strip_tags($response->body), ' ';
    var_dump(str_contains($response->body, $sid) || str_contains($response->body, $new) || str_contains($response->body, 'PHPSESSID'), $new !== $sid);
};
$show('query', $site->browser()->get($page, query: ['PHPSESSID' => $sid]));
$show('field', $site->browser()->post($page, ['PHPSESSID' => $sid]));
$show('both', $site->browser()->post($page, ['PHPSESSID' => $sid], query: ['PHPSESSID' => $sid]));
$show('path', $site->browser()->get($page, server: ['REQUEST_URI' => "/x.php/PHPSESSID=$sid", 'PATH_INFO' => "/PHPSESSID=$sid"]));
$show('referer', $site->browser()->get($page, headers: ['Referer' => "http://localhost/?PHPSESSID=$sid"], ini: ['session.referer_check' => '']));
$show('upload', $site->browser()->upload($page, [['PHPSESSID', $sid, null], ['PHP_SESSION_UPLOAD_PROGRESS', 'x', null], ['f', 'a.txt', 'text']]));
echo "at run time: ";
echo $site->browser()->get('
    foreach (["use_only_cookies" => "0", "use_trans_sid" => "1", "use_cookies" => "0"] as $name => $value) {
        ini_set("session.$name", $value);
    }
    session_start(["use_only_cookies" => 0, "use_trans_sid" => 1]);
    echo json_encode($_SESSION), SID, "<a href=\"next.php\">x</a>\n";', query: ['PHPSESSID' => $sid]);
echo "PHP's own handler does put it there: ";
var_dump(str_contains($site->browser()->get($page, ini: ['session.save_handler' => 'files', 'session.save_path' => $site->directory])->body, 'PHPSESSID='));
echo $victim->get('session_start(); echo json_encode($_SESSION);');
?>
--EXPECT--
query: []||xx| bool(false)
bool(true)
field: []||xx| bool(false)
bool(true)
both: []||xx| bool(false)
bool(true)
path: []||xx| bool(false)
bool(true)
referer: []||xx| bool(false)
bool(true)
upload: []||xx| bool(false)
bool(true)
at run time: []<a href="next.php">x</a>
PHP's own handler does put it there: bool(true)
{"user":"alice"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
