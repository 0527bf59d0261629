--TEST--
R88: Nothing of a session whose time is over is decoded: no object in it wakes up
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$canary = '
    class Canary {
        public $x = 1;
        public function __wakeup() { file_put_contents(__DIR__ . "/song", "w", FILE_APPEND); }
    }
    class Bird implements Serializable {
        public function serialize() { return "x"; }
        public function unserialize($data) { file_put_contents(__DIR__ . "/song", "u", FILE_APPEND); }
        public function __serialize(): array { return []; }
        public function __unserialize(array $data): void { file_put_contents(__DIR__ . "/song", "u", FILE_APPEND); }
    }';
$song = function () use ($site) {
    $song = @file_get_contents("$site->directory/song");
    @unlink("$site->directory/song");
    return var_export($song, true) . "\n";
};
$look = "$canary session_start(); echo count(\$_SESSION), ' ';";
$ends = [
    'alive' => [1700, [], ''],
    'idle' => [1801, [], ''],
    'absolute' => [1200, ['sidereal.absolute_timeout' => '1200', 'sidereal.idle_timeout' => '1200', 'sidereal.touch_interval' => '60'], ''],
    'superseded' => [100, [], 'session_regenerate_id();'],
    'obsolete' => [1000, [], 'session_regenerate_id();'],
    'logged out' => [1, [], 'session_destroy();'],
];
foreach ($ends as $end => [$seconds, $ini, $code]) {
    $browser = $site->browser();
    $browser->get("$canary session_start(); \$_SESSION['canary'] = new Canary; \$_SESSION['bird'] = new Bird;", ini: $ini);
    $old = clone $browser;
    if ($code !== '') {
        $browser->get("$canary session_start(); $code");
        $browser->get($look);
    }
    $song();
    $site->pass($seconds);
    echo "$end: ", (clone $old)->get($look, ini: $ini), $song();
    echo "$end, reading: ", (clone $old)->get("$canary session_start(['read_and_close' => true]); echo count(\$_SESSION ?? []), ' ';", ini: $ini), $song();
}
?>
--EXPECT--
alive: 2 'wu'
alive, reading: 2 'wu'
idle: 0 false
idle, reading: 0 false
absolute: 0 false
absolute, reading: 0 false
superseded: 0 false
superseded, reading: 0 false
obsolete: 0 false
obsolete, reading: 0 false
logged out: 0 false
logged out, reading: 0 false
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
