--TEST--
A30: no session ID, no key and no payload in warnings, fatal errors, phpinfo(), dumps, exceptions or the event log
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, [
    'sidereal.max_payload' => '4096', 'sidereal.lock_wait_ms' => '100', 'log_errors' => '1', 'error_reporting' => (string) E_ALL,
    'zend.exception_ignore_args' => '0', 'zend.exception_string_param_max_len' => '15', 'output_buffering' => '1M', 'memory_limit' => '24M',
]);
$site->ini['error_log'] = "$site->directory/php.log";
$ids = [];
$output = '';
$alice = $site->browser();
$visit = function (Browser $browser, string $code, array $ini = []) use (&$ids, &$output): void {
    $ids[] = $browser->sid();
    $response = $browser->get($code, ini: $ini);
    $ids[] = $browser->sid();
    array_push($ids, ...array_map(fn ($cookie) => $cookie->value, $response->cookies()));
    $output .= $response->body . $response->errors;
    foreach ($response->headers as [$name, $value]) {
        $output .= $name === 'set-cookie' ? '' : "$name: $value\n";
    }
};
$visit($alice, 'session_start(); $_SESSION["secret"] = "PAYLOADMARKER";');
$old = clone $alice;
$visit($alice, 'session_start(); session_start(); phpinfo(INFO_GENERAL | INFO_CONFIGURATION | INFO_MODULES);');
$visit($alice, 'session_start(); var_dump(new SessionHandler, session_module_name(), session_save_path(), session_get_cookie_params(), session_status());');
$visit($alice, 'ini_set("session.use_strict_mode", "0"); session_start(); $_SESSION["big"] = str_repeat("PAYLOADMARKER", 1000);');
$visit($alice, 'session_start(); session_regenerate_id(); throw new RuntimeException("x");');
$visit($alice, 'session_start(); undefined_function();');
$visit($alice, 'session_start(); $x = str_repeat("x", 1 << 28);');
$visit($alice, 'class H extends SessionHandler { function read(string $id): string|false { throw new RuntimeException("in read"); } } session_set_save_handler(new H, true); session_start();');
$visit($alice, 'class H extends SessionHandler { function write(string $id, string $data): bool { throw new RuntimeException("in write"); } } session_set_save_handler(new H, true); session_start(); $_SESSION["n"] = 1;');
$visit($alice, 'class H extends SessionHandler { } session_set_save_handler($h = new H, true); session_start(); $h->read("x"); $h->write("x", "PAYLOADMARKER"); $h->destroy("x"); var_dump($h);');
$visit($alice, 'session_start(); session_id("x"); session_create_id("%"); session_create_id(str_repeat("x", 200)); session_decode("x|O:1:\"X\":0:{"); session_abort();');
$visit($alice, 'session_id("chosen"); session_start();');
$visit($alice, 'flush(); echo str_repeat(" ", 10); ob_end_flush(); flush(); session_start(); session_regenerate_id();');
$site->pass(16 * 60);
$visit($alice, 'session_start();');
$visit($alice, 'session_start();');
$site->pass(400);
$visit($old, 'session_start();');
$visit($site->browser()->present(substr($old->sid() ?? 'x', 0, -1) . 'b'), 'session_start();');
$bob = $site->browser();
$visit($bob, 'session_start(); $_SESSION["secret"] = "PAYLOADMARKER"; $_SESSION["o"] = new ArrayObject(["PAYLOADMARKER"]);');
$visit($bob, 'class ArrayObject2 {} session_start();', ['session.serialize_handler' => 'php_serialize']);
$visit($bob, 'session_start(); session_destroy(); session_destroy(); session_start();');
$holder = $site->browser();
$visit($holder, 'session_start(); $_SESSION["n"] = 1;');
$slow = (clone $holder)->send('GET', 'session_start(); touch(__DIR__ . "/open"); usleep(800000);');
while (!is_file("$site->directory/open")) {
    usleep(10000);
}
$visit($holder, 'session_start();');
$visit($holder, 'session_start(); $_SESSION["n"] = 2;', ['sidereal.lock_failure' => 'read-only']);
$slow->response();
$database = "$site->directory/store/sessions.db";
chmod("$site->directory/store", 0755);
$visit($holder, 'session_start();');
chmod("$site->directory/store", 0700);
rename("$site->directory/store/keyring", "$site->directory/kept");
$keys = file_get_contents("$site->directory/kept");
file_put_contents("$site->directory/store/keyring", strrev($keys));
chmod("$site->directory/store/keyring", 0600);
$visit($holder, 'session_start();');
rename("$site->directory/kept", "$site->directory/store/keyring");
copy($database, "$database.copy");
file_put_contents($database, 'garbage');
array_map(unlink(...), glob("$database-*"));
$visit($holder, 'session_start(); $_SESSION["secret"] = "PAYLOADMARKER";');

$sinks = ['output' => $output, 'error log' => file_get_contents("$site->directory/php.log"), 'events' => file_get_contents("$site->directory/events")];
$secrets = ['payload' => ['PAYLOADMARKER'], 'ID' => [], 'key' => []];
foreach (array_unique(array_filter($ids)) as $id) {
    array_push($secrets['ID'], ...(str_contains($id, '-') ? [$id, substr($id, -52)] : []));
}
preg_match_all('/[0-9a-f]{64}/', $keys, $found);
foreach ($found[0] as $hex) {
    array_push($secrets['key'], $hex, strrev($hex), strtoupper($hex), hex2bin($hex), base64_encode(hex2bin($hex)));
}
echo count($secrets['ID']) >= 20 ? "enough IDs\n" : count($secrets['ID']) . " IDs\n", count($secrets['key']), " spellings of keys\n";
foreach ($sinks as $where => $text) {
    echo strlen($text) > 1000 ? '' : "too little in $where\n";
    foreach ($secrets as $what => $texts) {
        foreach ($texts as $secret) {
            if (($at = strpos($text, $secret)) !== false) {
                echo "$what in $where: ", strtr(substr($text, max(0, $at - 150), 150), "\n", ' '), "<here>\n";
            }
        }
    }
}
foreach (['Sidereal: ', 'Fatal error', 'phpinfo()', 'RuntimeException', 'object(SessionHandler)'] as $seen) {
    echo str_contains($output, $seen) ? '' : "$seen has not been printed\n";
}
?>
--EXPECT--
enough IDs
10 spellings of keys
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
