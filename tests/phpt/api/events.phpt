--TEST--
on_event() gets the events of this request when the session function that caused them is done; what the handler throws is a warning, and the session goes on
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$tell = 'Sidereal\on_event(function (Sidereal\Event $event) { echo "[$event->name {$event->level->name} $event->reason] "; });';
$alice = $site->browser();
echo $alice->get("$tell session_start(); \$_SESSION['n'] = 1; session_write_close(); echo 'closed ';"), "\n";
echo $alice->get("$tell session_start(); Sidereal\\Session::login('alice'); echo 'in '; Sidereal\\Roster::revokeUser('bob'); Sidereal\\Session::logout(); echo 'out';"), "\n";
echo 'forged: ', $site->browser()->present('forged')->get("$tell session_start(); echo 'started';"), "\n";
echo 'set late: ', $site->browser()->present('forged')->get("session_start(); $tell echo 'set';"), "\n";
echo 'at the end of the request: ', $site->browser()->get("$tell session_start(); \$_SESSION['n'] = 1; echo 'end ';"), "\n";
echo 'from a destructor and a shutdown function: ', $site->browser()->get("
    register_shutdown_function(fn () => print('shutdown '));
    class D { public function __destruct() { echo 'destructor '; } public function __invoke(\$event) { echo \$event->name; } }
    Sidereal\\on_event(new D); session_start(); \$_SESSION['n'] = 1; session_write_close(); Sidereal\\on_event(null); echo ' null ';"), "\n";
echo 'no longer: ', $site->browser()->present('forged')->get("$tell Sidereal\\on_event(null); session_start(); echo 'started';"), "\n";
echo "what an event has:\n", $site->browser()->get('
    Sidereal\on_event(function (...$all) {
        [$event] = $all;
        var_dump(count($all), $event->at instanceof DateTimeImmutable, strlen($event->session) > 8, $event->count);
        foreach (["name", "other"] as $property) { try { $event->$property = 1; } catch (Error $e) { echo get_class($e), ": ", $e->getMessage(), "\n"; } }
    });
    session_start(); $_SESSION["n"] = 1; session_write_close();');
echo "throwing:\n", $site->browser()->get('
    Sidereal\on_event(function () { throw new DomainException("no matter"); });
    session_start(); $_SESSION["n"] = 1; session_write_close(); session_start(); echo $_SESSION["n"], "\n";');
echo "throwing at the end:\n", $site->browser()->get('Sidereal\on_event(function () { throw new DomainException("no matter"); }); session_start(); $_SESSION["n"] = 1;');
echo "leaving:\n", $alice->get('Sidereal\on_event(function () { exit("exit\n"); }); session_start(); $_SESSION["n"] = 7; Sidereal\Session::login("alice"); echo "NOT REACHED";');
echo $alice->get('session_start(); var_dump($_SESSION, Sidereal\Session::userIs("alice"));');
echo "using the session:\n", $site->browser()->get('
    Sidereal\on_event(function ($event) { static $n = 0; echo "[$event->name] "; if ($n++ < 3) { $_SESSION["seen"][] = $event->name; Sidereal\Session::elevate(); session_write_close(); session_start(); } });
    session_start(); Sidereal\Session::login("alice"); echo json_encode($_SESSION), "\n";');
echo "fatal errors:\n";
$fatal = $site->browser();
$fatal->get('Sidereal\on_event(function ($event) { echo "[$event->name]"; unknown_function(); }); session_start(); $_SESSION["n"] = 1;');
$fatal->get('ini_set("memory_limit", "8M"); Sidereal\on_event(function ($event) { str_repeat("x", 1 << 26); }); session_start(); $_SESSION["n"]++; session_regenerate_id();');
$fatal->get('Sidereal\on_event(function ($event) { echo "CALLED"; }); session_start(); $_SESSION["n"]++; session_regenerate_id(); ini_set("memory_limit", "8M"); str_repeat("x", 1 << 26);');
echo $fatal->get('session_start(); echo json_encode($_SESSION), "\n";');
echo "not callable:\n", $site->browser()->get('try { Sidereal\on_event("nothing"); } catch (TypeError $e) { echo $e->getMessage(), "\n"; }');
echo count($site->events()) > 8 ? "logged, too\n" : "NOT LOGGED\n";
?>
--EXPECTF--
[session_created Info ] closed 
[session_renewed Info elevate] in [session_revoked Info ] [session_logout Info ] out
forged: [sid_forged Warning ] started
set late: [sid_forged Warning ] set
at the end of the request: end [session_created Info ] 
from a destructor and a shutdown function: session_createddestructor  null shutdown 
no longer: started
what an event has:
int(1)
bool(true)
bool(true)
NULL
Error: Cannot modify readonly property Sidereal\Event::$name
Error: Cannot create dynamic property Sidereal\Event::$other
throwing:

Warning: Uncaught DomainException: no matter in %s
Stack trace:
%a
  thrown in %s on line %d
1
throwing at the end:

Warning: Uncaught DomainException: no matter in %s
Stack trace:
%a
  thrown in %s on line %d
leaving:
exit
array(1) {
  ["n"]=>
  int(7)
}
bool(true)
using the session:
[session_renewed] [session_renewed] [session_renewed] [session_renewed] {"seen":["session_renewed","session_renewed","session_renewed"]}
fatal errors:
{"n":3}
not callable:
Sidereal\on_event(): Argument #1 ($handler) must be a valid callback or null, function "nothing" not found or invalid function name
logged, too
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
