--TEST--
R13: Session::login() on a genuine ID that an attacker has planted shows the attacker nothing, neither at once nor after the grace
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$look = 'session_start(); echo json_encode($_SESSION), Sidereal\Session::userIs("alice") ? " ALICE" : "", " ";';
$log_ins = [
    'flag before' => 'session_start(); $_SESSION["user"] = "alice"; Sidereal\Session::login("alice", "pwd");',
    'flag after' => 'session_start(); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";',
    'twice' => 'session_start(); Sidereal\Session::login("bob"); Sidereal\Session::login("alice", "pwd"); $_SESSION["user"] = "alice";',
];
foreach (['stored' => '$_SESSION["cart"] = "planted";', 'never stored' => ''] as $what => $code) {
    foreach ($log_ins as $how => $log_in) {
        $site = new Site(__FILE__);
        $attacker = $site->browser();
        $attacker->get("session_start(); $code");
        $planted = $attacker->sid();
        $victim = $site->browser()->present($planted);
        $response = $victim->get($log_in);
        echo "$what, $how: ", $response, $victim->get($look), '|';
        foreach ([0, 59, 2, 240, 60, 600] as $seconds) {
            $site->pass($seconds);
            $replay = $site->browser()->present($planted);
            $body = $replay->get($look) . $replay->get($look);
            echo preg_match('/alice/i', $body) ? ' LEAK' : ' -';
            $replay->get('session_start(); session_destroy();');
        }
        echo '| ', $victim->get($look), "\n";
    }
}
?>
--EXPECT--
stored, flag before: {"cart":"planted","user":"alice"} ALICE | - - - - - -| {"cart":"planted","user":"alice"} ALICE 
stored, flag after: {"cart":"planted","user":"alice"} ALICE | - - - - - -| {"cart":"planted","user":"alice"} ALICE 
stored, twice: {"cart":"planted","user":"alice"} ALICE | - - - - - -| {"cart":"planted","user":"alice"} ALICE 
never stored, flag before: {"user":"alice"} ALICE | - - - - - -| {"user":"alice"} ALICE 
never stored, flag after: {"user":"alice"} ALICE | - - - - - -| {"user":"alice"} ALICE 
never stored, twice: {"user":"alice"} ALICE | - - - - - -| {"user":"alice"} ALICE 
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
