--TEST--
R14: An alarm keeps all of the user's sessions as they were, to be listed, read, exported and purged
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$login = fn (string $cart) => "session_start(); Sidereal\\Session::login('alice', ['pwd', 'otp']); \$_SESSION = ['user' => 'alice', 'cart' => '$cart'];";
[$laptop, $phone] = [$site->browser(), $site->browser()];
$laptop->get($login('lantern'), headers: ['User-Agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0']);
$phone->get($login('rope'));
$thief = clone $laptop;
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
$site->pass(901);
$laptop->get($look);
$laptop->get($look);
$phone->get($look);
$site->pass(301);
for ($i = 0; $i < 3; $i++) {
    echo clone($thief)->get($look);
}

$event = $site->events('obsolete_access')[0];
echo $site->run(<<<'PHP'
    use Sidereal\Evidence;
    foreach ([Evidence::latest(), Evidence::of('alice'), Evidence::of('bob'), Evidence::latest(1)] as $list) {
        echo count($list), ' ';
    }
    [$one] = Evidence::latest();
    echo "\n$one->cause $one->response $one->address ", $one->user === null ? 'anonymous' : 'bound', "\n";
    echo $one->at->format('c') < $one->until->format('c') ? 'kept ' . $one->at->diff($one->until)->days . " days\n" : "no\n";
    var_dump(Evidence::ofSession($one->session) == [$one], Evidence::find($one->handle) == $one);
    var_dump(Evidence::find(str_repeat('a', 26)));
    $sessions = $one->sessions();
    usort($sessions, fn ($a, $b) => strlen($one->payload($b->handle)) <=> strlen($one->payload($a->handle)));
    foreach ($sessions as $session) {
        echo implode('+', $session->methods), " $session->agent ", $session->state->value, ' ', $one->payload($session->handle), "\n";
    }
    var_dump($one->payload(str_repeat('a', 26)));
    $decoded = json_decode(json_encode($one), true);
    var_dump($decoded === json_decode($one->toJson(), true), $decoded['handle'] === $one->handle, count($decoded['sessions']));
    var_dump(isset($decoded['sessions'][0]['payload']), str_contains($one->toJson() . print_r($one, true), 'alice'));
    $whole = json_decode($one->toJson(payloads: true), true);
    $payloads = array_map(fn ($session) => base64_decode($session['payload']), $whole['sessions']);
    sort($payloads);
    echo implode("\n", $payloads), "\n";
    try {
        $one->cause = 'none';
    } catch (Error $e) {
        echo $e->getMessage(), "\n";
    }
    foreach ([fn () => Evidence::find('x'), fn () => Evidence::of(''), fn () => Evidence::latest(0)] as $wrong) {
        try {
            $wrong();
        } catch (Sidereal\InvalidArgument $e) {
            echo $e->getMessage(), "\n";
        }
    }
    var_dump($one->purge(), $one->purge(), $one->sessions(), $one->toJson(), json_encode($one), Evidence::purgeUser('alice'));
    PHP . "\necho \$one->reference === '{$event['session_ref']}' ? 'as in the log' : 'another one', \"\\n\";");

// Nothing of the user can be read in the store without the keyring.
var_dump(str_contains(file_get_contents("$site->directory/store/sessions.db"), 'lantern'));
?>
--EXPECTF--
nobody
nobody
nobody
1 1 0 1 
late revoke_family 192.0.2.0/24 bound
kept 30 days
bool(true)
bool(true)
NULL
pwd+otp Firefox, Linux authenticated user|s:5:"alice";cart|s:7:"lantern";
pwd+otp  authenticated user|s:5:"alice";cart|s:4:"rope";
NULL
bool(true)
bool(true)
int(2)
bool(false)
bool(false)
user|s:5:"alice";cart|s:4:"rope";
user|s:5:"alice";cart|s:7:"lantern";
Cannot modify readonly property Sidereal\Evidence::$cause
expected a handle, 26 characters of a-z and 2-7, found something else; take it from Evidence or SessionInfo
expected a user ID of 1 to 255 bytes, found an empty one; log in who is known, and log out who is not
expected a limit of 1 to 1000, found 0; ask for fewer and purge what is done
bool(true)
bool(false)
array(0) {
}
string(4) "null"
string(4) "null"
int(0)
as in the log
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
