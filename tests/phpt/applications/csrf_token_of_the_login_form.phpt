--TEST--
A CSRF token in the session of the log-in form works after log-out and for new visitors, and not with another session
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$form = 'session_start(); $_SESSION["csrf"] ??= bin2hex(random_bytes(16)); echo $_SESSION["csrf"];';
$post = '
    session_start();
    if (!hash_equals($_SESSION["csrf"] ?? "", $_POST["csrf"] ?? "") || ($_POST["csrf"] ?? "") === "") { exit("refused\n"); }
    session_regenerate_id(true);
    unset($_SESSION["csrf"]);
    $_SESSION["user"] = "alice";
    echo "welcome\n";';
$logout = 'session_start(); $_SESSION = []; session_destroy();';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
$alice = $site->browser();
foreach (['a new visitor', 'after log-out', 'after another one'] as $when) {
    $token = $alice->get($form)->body;
    echo "$when: ", $alice->post($post, ['csrf' => $token]), $alice->get($show);
    $alice->get($logout);
}
echo "the log-in form on the page of the log-out itself:\n";
$alice->post($post, ['csrf' => $alice->get($form)->body]);
$token = $alice->get("$logout $form")->body;
echo $alice->post($post, ['csrf' => $token]), $alice->get($show);
echo "a token of another session, and of the session before:\n";
$bob = $site->browser();
$bob->get($form);
echo $bob->post($post, ['csrf' => $site->browser()->get($form)->body]);
$alice->get($logout);
$alice->get($form);
echo $alice->post($post, ['csrf' => $token]);
echo "a form that was left open for a quarter of an hour:\n";
$carol = $site->browser();
$token = $carol->get($form)->body;
$site->pass(16 * 60);
echo $carol->post($post, ['csrf' => $token]), $carol->get($show);
?>
--EXPECT--
a new visitor: welcome
alice
after log-out: welcome
alice
after another one: welcome
alice
the log-in form on the page of the log-out itself:
welcome
alice
a token of another session, and of the session before:
refused
refused
a form that was left open for a quarter of an hour:
welcome
alice
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
