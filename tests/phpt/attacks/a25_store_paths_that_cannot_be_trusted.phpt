--TEST--
A25: a store or keyring that others could have put there is refused with one warning that names the cause; the script goes on
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$ask = '
    $told = [];
    set_error_handler(function ($level, $message) use (&$told) { if (str_contains($message, "Sidereal: ")) { $told[] = $message; } return true; });
    $started = session_start();
    echo json_encode([$started, $told, isset($_SESSION)]);';
$cases = [
    'store: a symlink' => fn ($site, $d) => rename("$d/store", "$d/real") && symlink("$d/real", "$d/store"),
    'store: below a symlink' => fn ($site, $d) => mkdir("$d/up", 0700) && rename("$d/store", "$d/up/store") && symlink("$d/up", "$d/link") && give_link_away("$d/link")
        && $site->ini['sidereal.store'] = "sqlite:$d/link/store",
    'store: readable by the group' => fn ($site, $d) => chmod("$d/store", 0750),
    'store: writable by all, sticky' => fn ($site, $d) => chmod("$d/store", 01777),
    'store: a file' => fn ($site, $d) => rename("$d/store", "$d/real") && touch("$d/store"),
    'store: a FIFO' => fn ($site, $d) => rename("$d/store", "$d/real") && posix_fifo("$d/store"),
    'store: of another uid' => fn ($site, $d) => chown("$d/store", 65534),
    'store: with .. in it' => fn ($site, $d) => $site->ini['sidereal.store'] = "sqlite:$d/store/../store",
    'store: no parent' => fn ($site, $d) => $site->ini['sidereal.store'] = "sqlite:$d/none/store",
    'keyring: a symlink' => fn ($site, $d) => rename("$d/store/keyring", "$d/keyring") && symlink("$d/keyring", "$d/store/keyring"),
    'keyring: a dangling symlink' => fn ($site, $d) => unlink("$d/store/keyring") && symlink("$d/nothing", "$d/store/keyring"),
    'keyring: readable by the group' => fn ($site, $d) => chmod("$d/store/keyring", 0640),
    'keyring: of another uid' => fn ($site, $d) => chown("$d/store/keyring", 65534),
    'keyring: garbage' => fn ($site, $d) => file_put_contents("$d/store/keyring", random_bytes(200)),
    'keyring: empty' => fn ($site, $d) => file_put_contents("$d/store/keyring", '') === 0,
    'keyring: truncated' => fn ($site, $d) => file_put_contents("$d/store/keyring", substr(file_get_contents("$d/store/keyring"), 0, -2)),
    'keyring: a directory' => fn ($site, $d) => unlink("$d/store/keyring") && mkdir("$d/store/keyring", 0700),
    'keyring: a FIFO' => fn ($site, $d) => unlink("$d/store/keyring") && posix_fifo("$d/store/keyring"),
    'keyring: no parent' => fn ($site, $d) => $site->ini['sidereal.keyring'] = "$d/none/keyring",
    'keyring: in a directory that others can enter' => fn ($site, $d) => mkdir("$d/open") && chmod("$d/open", 0755) && $site->ini['sidereal.keyring'] = "$d/open/keyring",
];
foreach ($cases as $case => $spoil) {
    $site = new Site(__FILE__);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["user"] = "alice";');
    $spoil($site, $site->directory);
    $response = $alice->get("$ask echo ' the request lives';");
    $end = strrpos($response->body, ']') + 1;
    [$started, $told] = json_decode(substr($response->body, 0, $end), true) ?? [null, []];
    $cause = preg_match('/found\W|could not/', $told[0] ?? '');
    echo "$case: ", $started === false ? 'refused' : 'NOT REFUSED', ', ', count($told), ' warning, ', $cause ? 'cause' : 'NO CAUSE';
    echo $response->cookie() === null ? '' : ', A COOKIE', substr($response->body, $end), "\n";
}

/** lchown() of a thread-safe PHP follows the link. */
function give_link_away(string $path): bool
{
    exec('chown -h 65534 ' . escapeshellarg($path), result_code: $status);
    return $status === 0;
}

function posix_fifo(string $path): bool
{
    exec('mkfifo -m 700 ' . escapeshellarg($path), result_code: $status);
    return $status === 0;
}
?>
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (fileowner('/proc/self') !== 0) die('skip needs root, to make files of another uid');
--EXPECT--
store: a symlink: refused, 1 warning, cause the request lives
store: below a symlink: refused, 1 warning, cause the request lives
store: readable by the group: refused, 1 warning, cause the request lives
store: writable by all, sticky: refused, 1 warning, cause the request lives
store: a file: refused, 1 warning, cause the request lives
store: a FIFO: refused, 1 warning, cause the request lives
store: of another uid: refused, 1 warning, cause the request lives
store: with .. in it: refused, 1 warning, cause the request lives
store: no parent: refused, 1 warning, cause the request lives
keyring: a symlink: refused, 1 warning, cause the request lives
keyring: a dangling symlink: refused, 1 warning, cause the request lives
keyring: readable by the group: refused, 1 warning, cause the request lives
keyring: of another uid: refused, 1 warning, cause the request lives
keyring: garbage: refused, 1 warning, cause the request lives
keyring: empty: refused, 1 warning, cause the request lives
keyring: truncated: refused, 1 warning, cause the request lives
keyring: a directory: refused, 1 warning, cause the request lives
keyring: a FIFO: refused, 1 warning, cause the request lives
keyring: no parent: refused, 1 warning, cause the request lives
keyring: in a directory that others can enter: refused, 1 warning, cause the request lives
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
