--TEST--
A flash message survives the redirect, is shown once, and is there whatever happens to the ID on the way
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$show = 'session_start(); echo $_SESSION["flash"] ?? "none", "\n"; unset($_SESSION["flash"]);';
foreach ([
    'plain' => 'session_start(); $_SESSION["flash"] = "saved"; header("Location: /next"); exit;',
    'closed first' => 'session_start(); $_SESSION["flash"] = "saved"; session_write_close(); header("Location: /next"); exit;',
    'regenerated' => 'session_start(); $_SESSION["flash"] = "saved"; session_regenerate_id(); header("Location: /next"); exit;',
    'regenerated (true)' => 'session_start(); session_regenerate_id(true); $_SESSION["flash"] = "saved"; header("Location: /next"); exit;',
    'after log-out' => 'session_start(); session_destroy(); session_start(); $_SESSION["flash"] = "saved"; header("Location: /next"); exit;',
    'when rotation is due' => 'session_start(); $_SESSION["flash"] = "saved"; header("Location: /next"); exit;',
] as $how => $code) {
    foreach (['new visitor', 'known visitor'] as $who) {
        $browser = $site->browser();
        if ($who === 'known visitor') {
            $browser->get('session_start(); $_SESSION["n"] = 1;');
        }
        $site->pass($how === 'when rotation is due' ? 16 * 60 : 0);
        $response = $browser->post($code);
        echo "$how, $who: $response->status, ", trim($browser->get($show)->body), ', ', $browser->get($show);
    }
}
?>
--EXPECT--
plain, new visitor: 302, saved, none
plain, known visitor: 302, saved, none
closed first, new visitor: 302, saved, none
closed first, known visitor: 302, saved, none
regenerated, new visitor: 302, saved, none
regenerated, known visitor: 302, saved, none
regenerated (true), new visitor: 302, saved, none
regenerated (true), known visitor: 302, saved, none
after log-out, new visitor: 302, saved, none
after log-out, known visitor: 302, saved, none
when rotation is due, new visitor: 302, saved, none
when rotation is due, known visitor: 302, saved, none
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
