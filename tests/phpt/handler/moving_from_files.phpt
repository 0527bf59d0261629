--TEST--
A site that ran on PHP's own handler moves: baskets and log-ins stay, each old ID is replaced once, twenty requests at once or one
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
mkdir($old = "$site->directory/old", 0700);
$before = ['session.save_handler' => 'files', 'session.save_path' => $old];
$log_in = '
session_start();
$_SESSION = ["user" => "alice", "basket" => ["lantern" => 2], "hits" => 0];
';
$hit = 'session_start(); $_SESSION["hits"] = ($_SESSION["hits"] ?? 0) + 1; echo json_encode($_SESSION), "\n";';

$alice = $site->browser();
$alice->get($log_in, ini: $before);
$bob = $site->browser();
$bob->get($log_in, ini: $before);
$left = clone $bob;
$former = ['alice' => $alice->sid(), 'bob' => $bob->sid()];
echo count(glob("$old/sess_*")), " sessions of the old handler\n";

echo "off by default:\n";
echo (clone $alice)->get($hit);
echo count(glob("$old/sess_*")), " are there still\n";

$site->ini['sidereal.migrate_from'] = "files:$old";
echo "one request:\n";
echo $alice->get($hit);
var_dump($alice->sid() !== $former['alice'], is_file("$old/sess_{$former['alice']}"));
echo $alice->get($hit);
echo count($site->events('session_migrated')), " moved\n";

echo "twenty at once:\n";
$tabs = array_map(fn () => $site->browser()->present($former['bob']), range(1, 20));
$exchanges = array_map(fn ($tab) => $tab->send('GET', $hit), $tabs);
$hits = [];
$cookies = [];
foreach ($exchanges as $exchange) {
    $response = $exchange->response();
    $hits[] = json_decode($response->body, true)['hits'] ?? $response->body;
    foreach ($response->cookies() as $cookie) {
        $cookies[] = $cookie->value;
    }
}
sort($hits);
var_dump($hits === range(1, 20), count($cookies));
echo count($site->events('session_migrated')), " moved\n";
$bob->present($cookies[0]);
echo $bob->get($hit);
echo count(glob("$old/sess_*")), " sessions of the old handler\n";

echo "the old ID:\n";
echo (clone $left)->get($hit);
$site->pass(61);
$late = clone $left;
echo $late->get($hit);
var_dump($late->sid() === $former['bob']);
echo $bob->get($hit);

echo "nothing was sent to anybody who was not to have it:\n";
foreach ($site->events() as $event) {
    foreach ($former as $id) {
        str_contains(json_encode($event), $id) && print("an ID is in the log\n");
    }
}

echo "a session that is read and closed, one that is regenerated, and one that is destroyed, in their first request:\n";
$first = [
    'read' => 'session_start(["read_and_close" => true]); echo json_encode($_SESSION), "\n";',
    'regenerated' => 'session_start(); session_regenerate_id(true); echo json_encode($_SESSION), "\n";',
    'closed and started again' => 'session_start(); session_write_close(); session_start(); echo json_encode($_SESSION), "\n";',
    'destroyed' => 'session_start(); session_destroy(); session_start(); echo json_encode($_SESSION), "\n";',
];
foreach ($first as $what => $script) {
    $visitor = $site->browser();
    $visitor->get($log_in, ini: ['sidereal.migrate_from' => ''] + $before);
    $id = $visitor->sid();
    echo "$what: ", $visitor->get($script);
    var_dump($visitor->sid() !== $id);
    echo $visitor->get($hit);
}

echo "other serializers:\n";
foreach (['php_serialize', 'php_binary'] as $serializer) {
    $visitor = $site->browser();
    $visitor->get($log_in, ini: ['session.serialize_handler' => $serializer] + $before);
    echo $visitor->get($hit, ini: ['session.serialize_handler' => $serializer]);
}
?>
--EXPECT--
2 sessions of the old handler
off by default:
{"hits":1}
2 are there still
one request:
{"user":"alice","basket":{"lantern":2},"hits":1}
bool(true)
bool(false)
{"user":"alice","basket":{"lantern":2},"hits":2}
1 moved
twenty at once:
bool(true)
int(1)
2 moved
{"user":"alice","basket":{"lantern":2},"hits":21}
0 sessions of the old handler
the old ID:
{"user":"alice","basket":{"lantern":2},"hits":22}
{"hits":1}
bool(true)
{"user":"alice","basket":{"lantern":2},"hits":23}
nothing was sent to anybody who was not to have it:
a session that is read and closed, one that is regenerated, and one that is destroyed, in their first request:
read: {"user":"alice","basket":{"lantern":2},"hits":0}
bool(true)
{"user":"alice","basket":{"lantern":2},"hits":1}
regenerated: {"user":"alice","basket":{"lantern":2},"hits":0}
bool(true)
{"user":"alice","basket":{"lantern":2},"hits":1}
closed and started again: {"user":"alice","basket":{"lantern":2},"hits":0}
bool(true)
{"user":"alice","basket":{"lantern":2},"hits":1}
destroyed: []
bool(true)
{"hits":1}
other serializers:
{"user":"alice","basket":{"lantern":2},"hits":1}
{"user":"alice","basket":{"lantern":2},"hits":1}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
