--TEST--
R11, R41: No setting of session or sidereal, in php.ini or at run time, makes a foreign ID acceptable
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$names = array_keys(json_decode($site->run('echo json_encode(ini_get_all("session", false) + ini_get_all("sidereal", false));'), true));
$names = array_diff($names, ['session.save_handler', 'sidereal.store', 'sidereal.log', 'sidereal.test_clock']);
var_dump(count($names) > 30);
$forged = str_repeat('a', 26) . '-' . str_repeat('a', 52);
$script = '
    $planted = $_COOKIE["PHPSESSID"];
    foreach ($_GET as $name => $value) {
        @ini_set(strtr($name, "!", "."), $value);
    }
    @session_start();
    echo "<", session_id() === $planted ? "adopted" : "", json_encode($_SESSION ?? []), ">";
    $_SESSION["user"] = "alice";';
$tries = [['session.use_strict_mode' => '0']];
foreach (['0', '1', ''] as $value) {
    $all = [];
    foreach ($names as $name) {
        if (str_starts_with($name, 'session.') && !str_starts_with($name, 'session.auto_start') && $name !== 'session.name') {
            $all[$name] = $value;
        }
    }
    $tries[] = $all;
}
foreach (array_filter($names, fn ($name) => str_starts_with($name, 'sidereal.')) as $name) {
    array_push($tries, [$name => '0', 'session.use_strict_mode' => '0'], [$name => '1', 'session.use_strict_mode' => '0']);
}
$tries[] = ['session.auto_start' => '1', 'session.use_strict_mode' => '0'];
$ini = ['display_errors' => '0', 'display_startup_errors' => '0'];
$count = 0;
foreach (array_chunk($tries, 8) as $chunk) {
    $exchanges = [];
    foreach ($chunk as $try) {
        $query = array_combine(array_map(fn ($name) => strtr($name, '.', '!'), array_keys($try)), $try);
        foreach ([[$try, [], 'attacker'], [[], $query, $forged]] as [$settings, $run_time, $planted]) {
            $exchanges[] = [$site->browser()->present($planted)->send('GET', $script, query: $run_time, ini: $settings + $ini), json_encode($try), $planted];
        }
    }
    foreach ($exchanges as [$exchange, $what, $planted]) {
        $response = $exchange->response();
        $count++;
        if (!str_ends_with($response->body, '<[]>') || $response->cookie()?->value === $planted) {
            echo "$what: $response\n";
        }
    }
}
var_dump($count > 60);
foreach (['attacker', $forged] as $planted) {
    echo $site->browser()->present($planted)->get('session_start(); echo json_encode($_SESSION), "\n";');
}
?>
--EXPECT--
bool(true)
bool(true)
[]
[]
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
