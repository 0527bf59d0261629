--TEST--
A12: a superseded ID is never sent its successor; an unconfirmed one is sent at most one more in 15 seconds and three in all
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
$site = new Site(__FILE__);
$owner = $site->browser();
$owner->get('session_start(); $_SESSION["user"] = "alice";');
$site->pass(16 * 60);
$old = $owner->sid();
$thief = fn () => $site->browser()->present($old);
$owner->get($show);
echo "rotated, not confirmed:\n";
$sent = [];
for ($i = 0; $i < 10; $i++) {
    $cookies = [];
    foreach ([1, 2, 3] as $_) {
        $cookies[] = $thief()->get($show)->cookie()?->value;
    }
    $cookies = array_filter($cookies);
    $sent = [...$sent, ...$cookies];
    echo count($cookies), ' ';
    $site->pass(16);
}
echo "\n";
var_dump(in_array($owner->sid(), $sent, true));
echo "confirmed:\n";
$owner->get($show);
$response = $thief()->get($show);
echo $response;
var_dump($response->cookie() === null);
$site->pass(61);
$response = $thief()->get($show);
echo $response;
var_dump($response->cookie()?->value === $owner->sid());
echo $owner->get($show);

foreach (['session_regenerate_id();', 'session_regenerate_id(true);'] as $regenerate) {
    echo "$regenerate\n";
    $site = new Site(__FILE__);
    $owner = $site->browser();
    $owner->get('session_start(); $_SESSION["cart"] = 1;');
    $old = $owner->sid();
    $owner->get("session_start(); $regenerate \$_SESSION['user'] = 'alice';");
    foreach (['not confirmed', 'confirmed'] as $when) {
        $response = $site->browser()->present($old)->get($show);
        echo "$when: $response";
        var_dump($response->cookie() === null);
        $owner->get($show);
    }
    $site->pass(61);
    $response = $site->browser()->present($old)->get($show);
    echo "after the grace: $response";
    var_dump($response->cookie()?->value === $owner->sid());
}
var_dump(count($site->events("seal_broken")));
?>
--EXPECT--
rotated, not confirmed:
0 1 1 0 0 0 0 0 0 0 
bool(false)
confirmed:
alice
bool(true)
nobody
bool(false)
alice
session_regenerate_id();
not confirmed: nobody
bool(true)
confirmed: nobody
bool(true)
after the grace: nobody
bool(false)
session_regenerate_id(true);
not confirmed: nobody
bool(true)
confirmed: nobody
bool(true)
after the grace: nobody
bool(false)
int(0)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
