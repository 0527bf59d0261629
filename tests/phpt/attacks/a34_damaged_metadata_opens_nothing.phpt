--TEST--
A34: metadata that is truncated at any byte, changed at any byte or of another format gives a fresh session, never an old one
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc'; if (!shell_exec('command -v sqlite3')) die('skip needs the sqlite3 command');
--FILE--
<?php
require __DIR__ . '/../browser.inc';
require __DIR__ . '/store.inc';
$site = new Site(__FILE__, ['session.use_cookies' => '0']);
file_put_contents("$site->directory/id", $site->run('ob_start(); session_start(); $_SESSION["user"] = "alice"; session_commit(); echo session_id();'));
[[$number, $meta]] = sql($site, 'SELECT number, hex(meta) FROM session;');
$length = strlen($meta) / 2;
// A process that looks on while the row changes under it.
$code = <<<'CODE'
    ob_start();
    $id = file_get_contents(__DIR__ . '/id');
    set_error_handler(function ($level, $message) { fwrite(STDERR, "$message\n"); return true; }, E_WARNING);
    while (($line = fgets(STDIN)) !== false) {
        session_id($id);
        $started = session_start();
        fwrite(STDOUT, ($started ? '' : 'REFUSED ') . ($_SESSION === [] ? 'empty' : 'DATA') . (session_id() === $id ? ' OLD ID' : '') . "\n");
        session_abort();
    }
CODE;
$start = function (string ...$shell) use ($site, $code): array {
    $command = [...$shell, ...$site->command(PHP_BINARY, []), $site->script($code)];
    return [proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes), $pipes];
};
// A process whose files may not become as long as the cache's keeps no rows there: each look is one into the database.
[$process, $pipes] = $start('sh', '-c', 'ulimit -f 50000; exec "$@"', 'sh');
$look = function () use (&$pipes): string {
    fwrite($pipes[0], "\n");
    return trim(fgets($pipes[1]));
};
$set = fn (string $hex) => sql($site, "UPDATE session SET meta = X'$hex' WHERE number = $number;");
echo $look(), "\n";
$seen = ['truncated' => [], 'changed' => [], 'longer' => []];
for ($at = 0; $at < $length; $at++) {
    $set(substr($meta, 0, 2 * $at));
    $seen['truncated'][] = $look();
    $bytes = hex2bin($meta);
    $bytes[$at] = chr(ord($bytes[$at]) ^ 1 << $at % 8);
    $set(bin2hex($bytes));
    $seen['changed'][] = $look();
}
foreach (['00', 'ff', $meta] as $more) {
    $set($meta . $more);
    $seen['longer'][] = $look();
}
foreach (['00', '02', 'ff'] as $format) {
    $set($format . substr($meta, 2));
    $seen["format $format"][] = $look();
}
$set(bin2hex(random_bytes($length)));
$seen['garbage'][] = $look();
foreach ($seen as $what => $answers) {
    echo "$what: ", implode(', ', array_unique($answers)), "\n";
}
$set($meta);
echo "as it was: ", $look(), "\n";
array_map(fclose(...), $pipes);
proc_close($process);
// And a row in the cache.
[$process, $pipes] = $start();
$look();
// Nothing is kept before somebody has written something.
$site->run('ob_start(); session_start(); $_SESSION["user"] = "bob";');
echo "from the cache: ", $look(), ", ";
$cache = "$site->directory/store/shared-rows";
$sealed = hex2bin($meta);
foreach (Site::written($cache) as $start => $bytes) {
    $found = strpos($bytes, $sealed);
    if ($found !== false) {
        $place = $start + $found;
    }
}
$sealed[0] = chr(ord($sealed[0]) ^ 1);
$file = fopen($cache, 'r+');
fseek($file, $place);
fwrite($file, $sealed);
fclose($file);
echo 'damaged there: ', $look(), "\n";
array_map(fclose(...), $pipes);
proc_close($process);
echo count($site->events('seal_broken')) > 0 ? "an event\n" : "no event\n";
?>
--EXPECT--
DATA OLD ID
truncated: empty
changed: empty
longer: empty
format 00: empty
format 02: empty
format ff: empty
garbage: empty
as it was: DATA OLD ID
from the cache: DATA OLD ID, damaged there: empty
an event
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
