--TEST--
Nobody makes, changes, extends or serializes the values and classes of the API; a dump shows no user
--FILE--
<?php
require __DIR__ . '/../browser.inc';
foreach (['Session', 'Roster', 'SessionInfo', 'Event'] as $name) {
    try { new ("Sidereal\\$name"); } catch (Error $e) { echo $e->getMessage(), "\n"; }
}
$site = new Site(__FILE__);
echo $site->run('
    session_start();
    Sidereal\Session::login("confidential");
    $info = Sidereal\Session::info();
    $roster = Sidereal\Roster::of("confidential");
    foreach ([fn () => $info->handle = "x", fn () => $info->current = false, fn () => $info->other = 1, fn () => serialize($info), fn () => serialize($roster), fn () => clone $roster, fn () => $roster->user = 1, fn () => $info->methods[] = "otp"] as $change) {
        try { $change(); echo "DONE\n"; } catch (Throwable $e) { echo $e->getMessage(), "\n"; }
    }
    var_dump((clone $info)->handle === $info->handle);
    var_dump($roster); print_r($roster); var_export((array) $roster);
    echo "\n", json_encode($info->state), json_encode(Sidereal\Denial::from("revoked")), Sidereal\Denial::tryFrom("nothing")?->name, "\n";
    var_dump($roster instanceof Countable, Sidereal\Denial::LoggedOut === Sidereal\Denial::from("logged_out"), match ($info->state) { Sidereal\SessionState::Authenticated => "in", default => "out" });', ['output_buffering' => '65536']);
?>
--EXPECTF--
Call to private Sidereal\Session::__construct() from global scope
Call to private Sidereal\Roster::__construct() from global scope
Call to private Sidereal\SessionInfo::__construct() from global scope
Call to private Sidereal\Event::__construct() from global scope
Cannot modify readonly property Sidereal\SessionInfo::$handle
Cannot modify readonly property Sidereal\SessionInfo::$current
Cannot create dynamic property Sidereal\SessionInfo::$other
Serialization of 'Sidereal\SessionInfo' is not allowed
Serialization of 'Sidereal\Roster' is not allowed
Trying to clone an uncloneable object of class Sidereal\Roster
Cannot create dynamic property Sidereal\Roster::$user
Cannot%S modify readonly property Sidereal\SessionInfo::$methods
bool(true)
object(Sidereal\Roster)#%d (0) {
}
Sidereal\Roster Object
(
)
array (
)
"authenticated""revoked"
bool(true)
bool(true)
string(2) "in"
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
