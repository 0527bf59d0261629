--TEST--
R13: An attacker who has planted a genuine ID of his own sees nothing of the log-in, neither at once nor after the grace, and cannot end it
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$look = 'session_start(); echo json_encode($_SESSION);';
$log_ins = [
    'flag before' => 'session_start(); $_SESSION["user"] = "alice"; session_regenerate_id();',
    'flag after' => 'session_start(); session_regenerate_id(); $_SESSION["user"] = "alice";',
    'flag before, deleting' => 'session_start(); $_SESSION["user"] = "alice"; session_regenerate_id(true);',
    'flag after, deleting' => 'session_start(); session_regenerate_id(true); $_SESSION["user"] = "alice";',
];
foreach (['stored' => '$_SESSION["cart"] = "planted";', 'never stored' => ''] as $what => $code) {
    foreach ($log_ins as $how => $log_in) {
        $attacker = $site->browser();
        $attacker->get("session_start(); $code");
        $planted = $attacker->sid();
        $victim = $site->browser()->present($planted);
        $victim->get($log_in);
        $leaks = [];
        $watch = function () use ($site, $planted, $look, &$leaks) {
            // Each time with what he has planted, and with whatever he is given for it.
            $attacker = $site->browser()->present($planted);
            for ($i = 0; $i < 2; $i++) {
                $leaks[] = str_contains($attacker->get($look)->body, 'alice') ? 'LEAK' : '-';
            }
            $attacker->get('session_start(); $_SESSION["user"] = "mallory";');
        };
        $watch();
        echo "$what, $how: ", $victim->get($look), ' ';
        $watch();
        $site->pass(61);
        $watch();
        echo $victim->get($look), ' ';
        $site->pass(300);
        $watch();
        $site->pass(1000);
        $watch();
        echo $victim->get($look), ' ', implode($leaks), "\n";
    }
}
?>
--EXPECT--
stored, flag before: {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} ----------
stored, flag after: {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} ----------
stored, flag before, deleting: {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} ----------
stored, flag after, deleting: {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} {"cart":"planted","user":"alice"} ----------
never stored, flag before: {"user":"alice"} {"user":"alice"} {"user":"alice"} ----------
never stored, flag after: {"user":"alice"} {"user":"alice"} {"user":"alice"} ----------
never stored, flag before, deleting: {"user":"alice"} {"user":"alice"} {"user":"alice"} ----------
never stored, flag after, deleting: {"user":"alice"} {"user":"alice"} {"user":"alice"} ----------
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
