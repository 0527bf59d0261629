--TEST--
A1, A2, A18: while a site moves from another handler, made-up, hostile and URL IDs take over nothing, and a store that is down costs nobody their cookie
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
mkdir($old = "$site->directory/old", 0700);
$site->ini['sidereal.migrate_from'] = "files:$old";
$show = 'var_dump(session_start()); echo json_encode($_SESSION), "\n"; $_SESSION["n"] = 1;';
$put = function (string $name, string $data = 'user|s:6:"victim";') use ($old): string {
    file_put_contents("$old/$name", $data);
    chmod("$old/$name", 0600);
    return "$old/$name";
};
$id = str_repeat('a', 32);
$path = $put("sess_$id");
$put('sess_' . str_repeat('b', 21));
symlink($path, "$old/sess_" . str_repeat('c', 32));
touch($put('sess_' . str_repeat('d', 32)), time() - 31 * 60);
mkdir("$old/x");
copy($path, "$old/x/sess_$id");
$ids = [
    'not there' => str_repeat('z', 32),
    'too short' => str_repeat('b', 21),
    'a link' => str_repeat('c', 32),
    'too old' => str_repeat('d', 32),
    'a path' => "x/../sess_$id",
    'encoded' => 'x%2F..%2Fsess_' . $id,
    'another prefix' => "sess_$id",
    'too long' => str_repeat('a', 257),
];
foreach ($ids as $what => $planted) {
    $browser = $site->browser()->present($planted);
    echo "$what: ", $browser->get($show);
    var_dump($browser->sid() !== $planted && strlen($browser->sid()) === 79);
}
echo 'in the URL: ', $site->browser()->get($show, ['PHPSESSID' => $id], ini: ['session.use_only_cookies' => '0', 'display_startup_errors' => '0', 'error_reporting' => '0']);
echo count($site->events('session_migrated')), " moved\n";

echo "who planted an ID does not see the log-in:\n";
$planter = $site->browser()->present($id);
$victim = clone $planter;
$victim->get('session_start(); $_SESSION["mine"] = 1;');
$victim->get('session_start(); session_regenerate_id(); $_SESSION["user"] = "alice";');
echo $planter->get('session_start(); echo json_encode($_SESSION), "\n";');
echo $victim->get('session_start(); echo json_encode($_SESSION), "\n";');
$site->pass(61);
echo 'after the grace: ', $planter->get('session_start(); echo json_encode($_SESSION), "\n";');

echo "the old store is down:\n";
rename($old, "$old.away");
$id = str_repeat('e', 32);
$browser = $site->browser()->present($id);
echo preg_replace('/ in \S+ on line \d+/', '', str_replace($site->directory, '', $browser->get($show)->body));
var_dump($browser->sid() === $id);
$browser->get('@session_start(); session_write_close(); @session_start(); session_write_close(); @session_start();');
var_dump($browser->sid() === $id);
echo 'visitors without a cookie: ', $site->browser()->get($show);
rename("$old.away", $old);
$put("sess_$id");
echo "it is back:\n", $browser->get($show);
echo implode(',', array_unique(array_column($site->events('store_down'), 'reason'))), "\n";

echo "settings:\n";
foreach (['files:old', 'redis://u:hunter2@h', 'redis-php:nobody:hunter2@h'] as $value) {
    $body = $site->browser()->get('var_dump(session_start());', ini: ['sidereal.migrate_from' => $value, 'display_startup_errors' => '0'])->body;
    preg_match('/Sidereal: (.{60})/', $body, $found);
    echo $found[1], "\n";
    var_dump(str_contains($body, 'bool(false)'), str_contains($body, 'hunter2'));
}
foreach (["files:$old", 'redis-php:tcp://127.0.0.1:1?auth=hunter2', 'mysql://u:hunter2@h'] as $value) {
    $body = $site->browser()->get('phpinfo(INFO_MODULES);', ini: ['sidereal.migrate_from' => $value, 'display_startup_errors' => '0'])->body;
    preg_match('/^.*sidereal.migrate_from.*$/m', str_replace($site->directory, '', $body), $found);
    echo trim(strip_tags(str_replace('</td><td', ' <td', $found[0]))), "\n";
    var_dump(str_contains($body, 'hunter2'));
}
?>
--EXPECTF--
not there: bool(true)
[]
bool(true)
too short: bool(true)
[]
bool(true)
a link: bool(true)
[]
bool(true)
too old: bool(true)
[]
bool(true)
a path: bool(true)
[]
bool(true)
encoded: bool(true)
[]
bool(true)
another prefix: bool(true)
[]
bool(true)
too long: bool(true)
[]
bool(true)
in the URL: bool(true)
[]
0 moved
who planted an ID does not see the log-in:
{"user":"victim","mine":1}
{"user":"alice","mine":1}
after the grace: []
the old store is down:

Warning: session_start(): Sidereal: expected to read session files in /old (sidereal.migrate_from), found: No such file or directory (os error 2); see that uid %d can read and delete them; this request has an empty session that is not kept, and the client keeps its cookie
bool(true)
[]
bool(true)
bool(true)
visitors without a cookie: bool(true)
[]
it is back:
bool(true)
{"user":"victim"}
migrate_from
settings:
expected sidereal.migrate_from to be files:/absolute/directo
bool(true)
bool(false)
expected sidereal.migrate_from to be files:/absolute/directo
bool(true)
bool(false)
expected sidereal.migrate_from to be redis-php: and an addre
bool(true)
bool(false)
sidereal.migrate_from files:/old files:/old
bool(false)
sidereal.migrate_from redis-php:*** redis-php:***
bool(false)
sidereal.migrate_from *** ***
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
