--TEST--
A session that does not fit into memory_limit is refused or fails to decode, and is not destroyed
--SKIPIF--
<?php if (str_contains((string) getenv('SIDEREAL_TEST_WRAPPER'), 'USE_ZEND_ALLOC=0')) die('skip memory_limit is of the allocator that is replaced here');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.max_payload' => 64 << 20, 'memory_limit' => '256M']);
$browser = $site->browser();
$browser->get('session_start(); $_SESSION["a"] = range(1, 500000);');
foreach (['8M', '16M', '18M', '24M', '32M'] as $limit) {
    $failed = $browser->get('var_dump(session_start());', ini: ['memory_limit' => $limit]);
    var_dump(str_contains($failed, 'bool(true)'));
    echo $browser->get('session_start(); echo count($_SESSION["a"]), "\n";');
}
preg_match('/Sidereal: .* session/', $browser->get('session_start();', ini: ['memory_limit' => '8M']), $found);
echo $found[0], "\n";
?>
--EXPECTF--
bool(false)
500000
bool(false)
500000
bool(false)
500000
bool(false)
500000
bool(false)
500000
Sidereal: expected memory_limit to leave %d bytes for reading a session of %d bytes, found %d; raise memory_limit or store less in the session
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
