--TEST--
A4: keys and texts that a visitor chooses never come back as an object or as another key
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$canary = 'class Canary { function __wakeup() { echo "WOKEN\n"; } }';
$hostile = ['x|O:6:"Canary":0:{}', 'user|s:5:"admin"', '!user', '|', "a\0b|N;", 'upload_progress_x|O:6:"Canary":0:{}', '_SESSION', "\x04user", str_repeat('k', 300)];
foreach (['php', 'php_serialize', 'php_binary'] as $serializer) {
    $site = new Site(__FILE__, ['session.serialize_handler' => $serializer]);
    $same = $safe = 0;
    foreach ($hostile as $key) {
        $browser = $site->browser();
        $browser->get('session_start(); $_SESSION[base64_decode($_GET["k"])] = base64_decode($_GET["k"]);', ['k' => base64_encode($key)]);
        $response = $browser->get("$canary session_start(); echo base64_encode(serialize(\$_SESSION));");
        $found = unserialize(base64_decode($response->body, true) ?: '', ['allowed_classes' => false]);
        // PHP's serializers drop keys that they cannot write; nothing else may become of them.
        $safe += $found === [] || $found === [$key => $key];
        $same += $found === [$key => $key];
    }
    echo "$serializer: $safe of ", count($hostile), " safe\n";
    if ($serializer === 'php_serialize') {
        echo "$same of ", count($hostile), " kept\n";
    }
}
?>
--EXPECT--
php: 9 of 9 safe
php_serialize: 9 of 9 safe
9 of 9 kept
php_binary: 9 of 9 safe
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
