--TEST--
A14, A27: requests that were under way when the session was revoked, or its user, or everybody, store nothing; the session stays dead
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$revokes = [
    'revoke' => 'foreach (Sidereal\Roster::of("alice")->list() as $info) { Sidereal\Roster::of("alice")->revoke($info->handle); }',
    'revokeUser' => 'Sidereal\Roster::revokeUser("alice");',
    'revokeAll' => 'Sidereal\Roster::revokeAll();',
];
$writes = [
    'changes' => '$_SESSION["late"] = 1;',
    'regenerates' => 'session_regenerate_id(); $_SESSION["late"] = 1;',
    'elevates' => 'try { Sidereal\Session::elevate(); } catch (Sidereal\SessionLost $e) { echo "lost "; } $_SESSION["late"] = 1;',
    'logs in again' => 'try { Sidereal\Session::login("alice"); } catch (Sidereal\SessionLost $e) { echo "lost "; } $_SESSION["late"] = 1;',
];
$look = 'session_start(); echo json_encode($_SESSION), Sidereal\Session::userIs("alice") ? "!" : "", " ";';
foreach ($revokes as $how => $revoke) {
    foreach ($writes as $what => $write) {
        $site = new Site(__FILE__);
        $alice = $site->browser();
        $alice->get('session_start(); Sidereal\Session::login("alice"); $_SESSION["user"] = "alice";');
        $id = $alice->sid();
        $slow = $alice->send('GET', "session_start(); touch(__DIR__ . '/open'); while (!is_file(__DIR__ . '/revoked')) { usleep(5000); } $write");
        while (!is_file("$site->directory/open")) {
            usleep(5000);
        }
        echo $site->run($revoke);
        touch("$site->directory/revoked");
        $response = $slow->response();
        echo "$how, $what: ", $response, $site->browser()->present($id)->get($look), $alice->get($look);
        $site->pass(61);
        echo $alice->get($look), $site->run('echo count(Sidereal\Roster::of("alice")), "\n";');
    }
}
?>
--EXPECT--
revoke, changes: [] [] [] 0
revoke, regenerates: [] [] [] 0
revoke, elevates: lost [] [] [] 0
revoke, logs in again: lost [] [] [] 0
revokeUser, changes: [] [] [] 0
revokeUser, regenerates: [] [] [] 0
revokeUser, elevates: lost [] [] [] 0
revokeUser, logs in again: lost [] [] [] 0
revokeAll, changes: [] [] [] 0
revokeAll, regenerates: [] [] [] 0
revokeAll, elevates: lost [] [] [] 0
revokeAll, logs in again: lost [] [] [] 0
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
