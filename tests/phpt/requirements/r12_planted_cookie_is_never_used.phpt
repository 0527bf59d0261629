--TEST--
R12: A cookie that an attacker has set for good, of any path, name or shape, is never anybody's ID
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$sid = $alice->sid();
$log_in = 'session_start(); $_SESSION["user"] = "bob"; echo session_id() === "planted" ? "adopted" : "replaced", "\n";';
$look = 'session_start(); echo json_encode($_SESSION), "\n";';
$headers = [
    'permanent' => 'PHPSESSID=planted',
    'array' => 'PHPSESSID[a]=planted',
    'quoted' => 'PHPSESSID="planted"',
    'empty' => 'PHPSESSID=',
    'NUL' => 'PHPSESSID=planted%00',
    'line break' => 'PHPSESSID=planted%0d%0aSet-Cookie:%20a=b',
];
foreach ($headers as $what => $header) {
    // The victim's browser sends it with each request, and cannot get rid of it.
    $seen = [];
    for ($i = 0; $i < 2; $i++) {
        $response = $site->browser()->get($log_in, headers: ['Cookie' => $header]);
        $seen[] = $response->cookie()?->value;
        if (count($response->cookies()) > 1 || str_contains((string) $response->cookie()?->text, 'planted')) {
            echo "planted in a header\n";
        }
    }
    var_dump(count(array_unique($seen)) === 2 && !in_array(null, $seen, true));
    echo "$what: ", $response, $site->browser()->get($look, headers: ['Cookie' => $header]);
}
// Nor does it keep the true one from being used.
foreach (["PHPSESSID=planted; PHPSESSID=$sid", "PHPSESSID[]=planted; PHPSESSID=$sid"] as $header) {
    echo $site->browser()->get($look, headers: ['Cookie' => $header]);
}
echo $site->browser()->present('planted')->get($look);
echo $alice->get($look);
?>
--EXPECT--
bool(true)
permanent: replaced
[]
bool(true)
array: replaced
[]
bool(true)
quoted: replaced
[]
bool(true)
empty: replaced
[]
bool(true)
NUL: replaced
[]
bool(true)
line break: replaced
[]
{"user":"alice"}
{"user":"alice"}
[]
{"user":"alice"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
