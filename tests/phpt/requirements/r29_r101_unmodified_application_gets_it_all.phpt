--TEST--
R29, R101: An application of two lines gets rotation, idle and absolute timeout, strict mode, safe cookies and parallel requests
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.lock_wait_ms' => '60000']);
$application = $site->script('<?php
    session_start();
    echo $_SESSION["n"] = ($_SESSION["n"] ?? 0) + 1;');
$browser = $site->browser()->present('planted');
$response = $browser->get($application);
echo "strict: $response ";
var_dump($browser->sid() !== 'planted');
$cookie = $response->cookie();
echo "cookie: ", json_encode([$cookie->attributes['httponly'], $cookie->attributes['samesite'], isset($cookie->attributes['expires']), isset($cookie->attributes['domain'])]), "\n";
echo 'rotation: ';
$old = clone $browser;
$site->pass(901);
echo $browser->get($application), ' ';
var_dump($browser->sid() !== $old->sid());
echo 'grace: ', $browser->get($application), $old->get($application), "\n";
$site->pass(61);
echo 'after the grace: ', (clone $old)->get($application), "\n";
echo 'parallel, across a rotation: ';
$site->pass(900);
$exchanges = array_map(fn () => $browser->send('GET', $application), range(1, 8));
$bodies = array_map(fn ($exchange) => (int) $exchange->response()->body, $exchanges);
sort($bodies);
echo implode(',', $bodies), ' then ', $browser->get($application), "\n";
echo 'idle: ';
$site->pass(1801);
echo $browser->get($application), "\n";
echo 'absolute: ';
for ($i = 0; $i < 24; $i++) {
    $site->pass(1790);
    $last = $browser->get($application);
}
echo $last, ' ';
$site->pass(400);
echo $browser->get($application), "\n";
?>
--EXPECT--
strict: 1 bool(true)
cookie: [true,"Lax",false,false]
rotation: 2 bool(true)
grace: 34
after the grace: 1
parallel, across a rotation: 5,6,7,8,9,10,11,12 then 13
idle: 1
absolute: 25 1
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
