--TEST--
A3: an upload's field that names a session adopts no ID, stores no row, waits for no lock and sets no cookie, strict mode on or off
--SKIPIF--
<?php if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__, [
    'session.upload_progress.enabled' => '1',
    'session.upload_progress.freq' => '1',
    'session.upload_progress.min_freq' => '0',
    'session.upload_progress.cleanup' => '0',
    'post_max_size' => '8M',
]);
$victim = $site->browser();
$victim->get('session_start(); $_SESSION["user"] = "victim";');
$before = rows($site);
$chosen = str_repeat('attacker', 5);
$fields = [
    'chosen' => $chosen,
    'genuine' => $victim->sid(),
    'starts with NUL' => "\0$chosen",
    'genuine and NUL' => $victim->sid() . "\0x",
    'a path' => '../../etc/passwd',
    'empty' => '',
    '1 MB' => str_repeat('a', 1 << 20),
];
foreach (['1', '0'] as $strict) {
    foreach ($fields as $what => $field) {
        $browser = $site->browser();
        $parts = [['PHPSESSID', $field, null], ['PHP_SESSION_UPLOAD_PROGRESS', 'x|O:6:"Canary":0:{}', null], ['f', 'name.txt', str_repeat('x', 20000)]];
        $response = $browser->upload('echo isset($_FILES["f"]) ? "uploaded" : "lost";', $parts, ['session.use_strict_mode' => $strict]);
        echo "strict $strict, $what: $response, cookies ", count($response->cookies()), ', new rows ', rows($site) - $before, "\n";
    }
}
echo "the chosen ID afterwards:\n";
$attacker = $site->browser()->present($chosen);
echo $attacker->get('session_start(); var_dump(session_id() === $_COOKIE["PHPSESSID"]); echo json_encode($_SESSION), "\n";');
echo "the victim's session is as it was:\n";
echo $victim->get('session_start(); echo json_encode($_SESSION), "\n";');

echo "while the victim's session is locked:\n";
$slow = (clone $victim)->hold('$_SESSION["n"] = 1;');
$parts = [['PHPSESSID', $victim->sid(), null], ['PHP_SESSION_UPLOAD_PROGRESS', 'p', null], ['f', 'name.txt', str_repeat('x', 20000)]];
$response = $site->browser()->upload('echo "uploaded\n";', $parts, ['session.use_strict_mode' => '0', 'sidereal.lock_wait_ms' => '60000']);
echo $response, $slow->isRunning() ? "has not waited\n" : "has waited\n";
$site->release();
$slow->response();
echo $victim->get('session_start(); echo json_encode($_SESSION), "\n";');
?>
--EXPECT--
strict 1, chosen: uploaded, cookies 0, new rows 0
strict 1, genuine: uploaded, cookies 0, new rows 0
strict 1, starts with NUL: uploaded, cookies 0, new rows 0
strict 1, genuine and NUL: uploaded, cookies 0, new rows 0
strict 1, a path: uploaded, cookies 0, new rows 0
strict 1, empty: uploaded, cookies 0, new rows 0
strict 1, 1 MB: uploaded, cookies 0, new rows 0
strict 0, chosen: uploaded, cookies 0, new rows 0
strict 0, genuine: uploaded, cookies 0, new rows 0
strict 0, starts with NUL: uploaded, cookies 0, new rows 0
strict 0, genuine and NUL: uploaded, cookies 0, new rows 0
strict 0, a path: uploaded, cookies 0, new rows 0
strict 0, empty: uploaded, cookies 0, new rows 0
strict 0, 1 MB: uploaded, cookies 0, new rows 0
the chosen ID afterwards:
bool(false)
[]
the victim's session is as it was:
{"user":"victim"}
while the victim's session is locked:
uploaded
has not waited
{"user":"victim","n":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
