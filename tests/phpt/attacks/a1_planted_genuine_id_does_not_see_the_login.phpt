--TEST--
A1: who plants a genuine anonymous ID never sees the log-in and cannot end it, in the grace, after it and after the alarm time
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$show = 'session_start(); echo $_SESSION["user"] ?? "nobody", "\n";';
foreach (['without data' => 'session_start();', 'with data' => 'session_start(); $_SESSION["cart"] = 1;'] as $what => $first) {
    foreach (['session_regenerate_id();', 'session_regenerate_id(true);'] as $regenerate) {
        echo "$what, $regenerate\n";
        $site = new Site(__FILE__);
        $attacker = $site->browser();
        $attacker->get($first);
        $planted = $attacker->sid();
        $victim = $site->browser()->present($planted);
        $victim->get("session_start(); $regenerate \$_SESSION['user'] = 'alice';");
        var_dump($victim->sid() !== $planted);
        echo $victim->get($show);
        foreach ([0, 30, 31, 100, 150, 60] as $seconds) {
            $site->pass($seconds);
            $replay = $site->browser()->present($planted);
            echo $replay->get($show);
            $replay->get('session_start(); session_destroy();');
            if ($replay->sid() === $victim->sid()) {
                echo "the attacker has been given the victim's ID\n";
            }
            echo $victim->get($show);
        }
    }
}
?>
--EXPECT--
without data, session_regenerate_id();
bool(true)
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
without data, session_regenerate_id(true);
bool(true)
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
with data, session_regenerate_id();
bool(true)
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
with data, session_regenerate_id(true);
bool(true)
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
nobody
alice
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
