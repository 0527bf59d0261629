--TEST--
The upload progress feature can neither adopt an ID nor store a row, set a cookie or warn
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['session.upload_progress.freq' => '1', 'session.upload_progress.min_freq' => '0', 'sidereal.csrf_rewrite' => '1']);
$file = str_repeat('x', 20000);
$fields = [
    'made up' => 'attacker',
    'NUL' => "\0\0\0",
    'bytes' => implode('', array_map(chr(...), range(1, 255))),
    'long' => str_repeat('a', 1000000),
    'genuine' => $site->browser()->get('session_start(); echo session_id();')->body,
];
foreach ($fields as $what => $sid) {
    foreach (['1', '0'] as $cleanup) {
        $response = $site->browser()->upload(
            'echo strlen($_FILES["f"]["tmp_name"]) > 0 ? "uploaded" : "lost", "\n";',
            [['PHPSESSID', $sid, null], ['PHP_SESSION_UPLOAD_PROGRESS', 'a|b', null], ['f', 'name.txt', $file]],
            ['session.upload_progress.cleanup' => $cleanup, 'post_max_size' => '8M'],
        );
        echo "$what: $response";
        var_dump($response->cookies());
    }
}
echo "a session of the uploading request itself:\n";
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["n"] = 1;');
$parts = [['PHP_SESSION_UPLOAD_PROGRESS', 'p', null], ['f', 'name.txt', $file]];
echo $browser->upload('session_start(); echo ++$_SESSION["n"], "\n"; echo json_encode(array_keys($_SESSION)), "\n";', $parts, ['session.upload_progress.cleanup' => '0']);
echo $browser->get('session_start(); echo json_encode($_SESSION), "\n";');
echo implode(',', array_column($site->events(), 'event')), "\n";
?>
--EXPECT--
made up: uploaded
array(0) {
}
made up: uploaded
array(0) {
}
NUL: uploaded
array(0) {
}
NUL: uploaded
array(0) {
}
bytes: uploaded
array(0) {
}
bytes: uploaded
array(0) {
}
long: uploaded
array(0) {
}
long: uploaded
array(0) {
}
genuine: uploaded
array(0) {
}
genuine: uploaded
array(0) {
}
a session of the uploading request itself:
2
["n"]
{"n":2}
session_created
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
