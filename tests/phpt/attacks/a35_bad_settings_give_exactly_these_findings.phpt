--TEST--
A35: each bad setting gives exactly the findings that it should, and nothing that this PHP deprecates is told to others
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../requirements/audit.inc';
$site = new Site(__FILE__, GOOD);
$new = PHP_VERSION_ID >= 80400;
$table = [
    ['', []],
    ['save-handler gc-lifetime', ['session.save_handler' => 'files', 'session.save_path' => $site->directory]],
    ['strict-mode', ['session.use_strict_mode' => '0']],
    ['use-cookies', ['session.use_cookies' => '0']],
    [$new ? 'deprecated-setting id-in-url' : 'id-in-url', ['session.use_only_cookies' => '0']],
    [$new ? 'deprecated-setting id-in-url' : 'id-in-url', ['session.use_trans_sid' => '1']],
    [$new ? 'deprecated-setting deprecated-setting' : '', ['session.sid_length' => '26', 'session.sid_bits_per_character' => '5']],
    [$new ? 'deprecated-setting referer-check' : 'referer-check', ['session.referer_check' => 'example.test']],
    ['cookie-httponly', ['session.cookie_httponly' => '']],
    ['cookie-secure', ['session.cookie_secure' => 'Off']],
    ['cookie-samesite', ['session.cookie_samesite' => '']],
    ['cookie-samesite-none', [], 'ini_set("session.cookie_samesite", "None");'],
    ['cookie-lifetime', ['session.cookie_lifetime' => '86400']],
    ['cookie-prefix cookie-domain', ['session.cookie_domain' => 'example.test']],
    ['cookie-name', ['session.name' => 'PHPSESSID']],
    ['cache-limiter', ['session.cache_limiter' => 'public']],
    ['auto-start', ['session.auto_start' => '1']],
    ['lazy-write', ['session.lazy_write' => '0']],
    ['serializer', ['session.serialize_handler' => 'php']],
    ['upload-progress', ['session.upload_progress.enabled' => '1']],
    ['gc-rate', ['session.gc_probability' => '1', 'session.gc_divisor' => '1']],
    ['rotation-off', ['sidereal.rotate_interval' => '0']],
    ['weaker-than-profile', ['sidereal.profile' => 'high', 'sidereal.idle_timeout' => '1800']],
    ['long-sessions long-sessions', ['sidereal.profile' => 'low']],
    ['alarm-denies', ['sidereal.on_obsolete' => 'deny']],
    ['regenerate-rotates', ['sidereal.regenerate' => 'rotate']],
    ['lock-wait', ['sidereal.lock_wait_ms' => '60000']],
    ['anonymous-max', ['sidereal.anonymous_max' => '0']],
    ['max-payload', ['sidereal.max_payload' => '33554432']],
    ['events-unheard', ['sidereal.log' => 'none']],
    ['policy-invalid', ['sidereal.grace' => '100000']],
    ['policy-invalid', ['sidereal.profile' => 'paranoid']],
    ['store-memory', ['sidereal.store' => 'memory:']],
    ['store-unusable', ['sidereal.store' => 'mysql://user:secret@host']],
    ['server-unusable keyring-unusable', ['sidereal.store' => 'redis://user:secret@127.0.0.1:1']],
    ['save-handler save-path save-path-password gc-lifetime', ['session.save_handler' => 'files', 'session.save_path' => 'tcp://cache?auth=secret']],
    ['test-clock', ['sidereal.test_clock' => "$site->directory/clock"]],
];
$failed = 0;
foreach ($table as $row) {
    // php.ini reads the word None as nothing, so one row sets it otherwise.
    [$expected, $settings, $code] = $row + [2 => ''];
    // In front of it may be what PHP has to say about a setting when it starts.
    $found = preg_replace('/.*\n/s', '', "\n" . substr($site->run($code . AUDIT, $settings), 0, -1));
    if ($found !== $expected) {
        $failed++;
        echo json_encode($settings), ": expected '$expected', found '$found'\n";
    }
}
echo count($table) > 30 ? "$failed failed\n" : "too few\n";
?>
--EXPECT--
0 failed
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
