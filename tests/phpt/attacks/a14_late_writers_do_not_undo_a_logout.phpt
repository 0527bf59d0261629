--TEST--
A14: requests that were under way when the user logged out store nothing and set no cookie; the session stays dead
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$old = $alice->sid();
$write = 'session_start(); usleep(30000); $_SESSION["late"] = ($_SESSION["late"] ?? 0) + 1; echo isset($_SESSION["user"]) ? "in" : "out";';
$writers = [];
for ($i = 0; $i < 12; $i++) {
    if ($i === 6) {
        $logout = (clone $alice)->send('GET', 'session_start(); session_destroy(); echo "logged out";');
    }
    $writers[] = $site->browser()->present($old)->send('GET', $write);
}
echo $logout->response(), "\n";
$cookies = $wrong = 0;
foreach ($writers as $writer) {
    $response = $writer->response();
    // One that came before the log-out may be told nothing either: no ID of theirs is due.
    $cookies += count($response->cookies());
    $wrong += !in_array($response->body, ['in', 'out'], true);
}
echo "$cookies cookies, $wrong wrong\n";
$look = 'session_start(); echo json_encode($_SESSION), "\n";';
echo 'at once: ', $site->browser()->present($old)->get($look);
$site->pass(61);
$replay = $site->browser()->present($old);
echo 'later: ', $replay->get($look);
var_dump($replay->sid() === $old);
echo count($site->events('session_logout')), ' log-out, ', count($site->events('session_use_after_expire')) > 0 ? 'its use is noticed' : 'NOT NOTICED', "\n";

echo "a regenerating request that is overtaken:\n";
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$old = $alice->sid();
$other = clone $alice;
$slow = $other->send('GET', 'session_start(["read_and_close" => true]); touch(__DIR__ . "/read"); usleep(600000); session_start(); session_regenerate_id(); $_SESSION["user"] = "alice"; echo "done\n";');
while (!is_file("$site->directory/read")) {
    usleep(10000);
}
$alice->get('session_start(); session_destroy();');
echo $slow->response();
$again = $other->get('session_start(); echo json_encode(array_diff_key($_SESSION, ["user" => 1])), "\n";');
echo $again;
echo 'the old ID: ', $site->browser()->present($old)->get($look);
?>
--EXPECT--
logged out
0 cookies, 0 wrong
at once: []
later: []
bool(false)
1 log-out, its use is noticed
a regenerating request that is overtaken:
done
[]
the old ID: []
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
