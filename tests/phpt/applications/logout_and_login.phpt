--TEST--
Log-out followed by log-in at once, in the same request, in the next one and in parallel ends in a session of the new user
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$show = 'session_start(); echo json_encode($_SESSION), "\n";';
$login = 'session_start(); session_regenerate_id(true); $_SESSION["user"] = "bob";';
$in = function () use ($site): Browser {
    $browser = $site->browser();
    $browser->get('session_start(); $_SESSION["user"] = "alice";');
    return $browser;
};
foreach ([
    'one request' => ['session_start(); session_destroy(); ' . $login],
    'one request, without regenerating' => ['session_start(); session_destroy(); session_start(); $_SESSION["user"] = "bob";'],
    'one request, regenerating in between' => ['session_start(); session_unset(); session_destroy(); session_start(); session_regenerate_id(); $_SESSION["user"] = "bob";'],
    'the next request' => ['session_start(); session_destroy();', $login],
    'with the log-in form in between' => ['session_start(); session_destroy();', 'session_start(); $_SESSION["csrf"] = 1;', 'session_start(); session_regenerate_id(); unset($_SESSION["csrf"]); $_SESSION["user"] = "bob";'],
] as $how => $requests) {
    $browser = $in();
    $old = $browser->sid();
    foreach ($requests as $request) {
        $response = $browser->get($request);
        echo $response->body;
    }
    echo "$how: ", $browser->get($show), '  the old ID: ', $site->browser()->present($old)->get($show);
    if ($browser->sid() === $old) {
        echo "THE OLD ID\n";
    }
}
echo "with requests of the old page under way:\n";
$browser = $in();
$late = [$browser->send('GET', 'usleep(300000); session_start(); $_SESSION["late"] = 1;')];
$browser->get('session_start(); session_destroy();');
$browser->get($login);
$late[0]->response();
echo $browser->get($show);
?>
--EXPECT--
one request: {"user":"bob"}
  the old ID: []
one request, without regenerating: {"user":"bob"}
  the old ID: []
one request, regenerating in between: {"user":"bob"}
  the old ID: []
the next request: {"user":"bob"}
  the old ID: []
with the log-in form in between: {"user":"bob"}
  the old ID: []
with requests of the old page under way:
{"user":"bob"}
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
