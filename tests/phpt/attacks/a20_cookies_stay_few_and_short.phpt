--TEST--
A20: However often the ID changes a response has one short cookie; a header full of foreign cookies hides neither ours nor costs memory
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$response = $alice->get('session_start(); for ($i = 0; $i < 1000; $i++) { session_regenerate_id($i % 2 === 0); } echo $_SESSION["user"];');
echo $response->body, ' ', count($response->cookies()), ' cookie', "\n";
$scopes = [];
for ($i = 0; $i < 20; $i++) {
    $site->pass(901);
    $response = $alice->get('session_start(); echo $_SESSION["user"];');
    foreach ($response->cookies() as $cookie) {
        $scopes[preg_replace('/=[^;]*/', '=', $cookie->text, 1)][] = strlen($cookie->text) < 200 && $response->body === 'alice' && $response->cookie();
    }
}
$scopes = array_map(fn ($short) => [count($short) > 5, !in_array(false, $short, true)], $scopes);
echo json_encode($scopes), ' ', json_encode(array_keys($alice->cookies)), "\n";

$alice->get('session_start();');
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", memory_get_peak_usage() < 8 << 20 ? "" : ", much memory";';
$headers = [
    '400 foreign ones before' => str_repeat('x', 20) . implode('', array_map(fn ($n) => "c$n=" . str_repeat('x', 30) . '; ', range(1, 400))) . 'PHPSESSID=' . $alice->sid(),
    '16 KiB after' => 'PHPSESSID=' . $alice->sid() . '; big=' . str_repeat('x', 16 << 10),
    'half of them look alike' => implode('', array_map(fn ($n) => $n % 2 ? "PHPSESSID[$n]=x; " : "c$n=y; ", range(1, 400))) . 'PHPSESSID=' . $alice->sid(),
    'semicolons' => str_repeat(';', 16 << 10) . 'PHPSESSID=' . $alice->sid(),
];
foreach ($headers as $what => $header) {
    $response = $site->browser()->get($look, headers: ['Cookie' => $header]);
    echo "$what: ", $response->body, ', ', count($response->cookies()), " cookies\n";
}
?>
--EXPECT--
alice 1 cookie
{"PHPSESSID=; path=\/; HttpOnly; SameSite=Lax":[true,true]} ["PHPSESSID"]
400 foreign ones before: alice, 0 cookies
16 KiB after: alice, 0 cookies
half of them look alike: alice, 0 cookies
semicolons: alice, 0 cookies
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
