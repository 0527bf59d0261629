--TEST--
A25: a database file that is a symlink, a FIFO or a directory is refused, and nothing is written where a symlink leads
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$ask = 'var_dump(@session_start()); $_SESSION["n"] = 1; echo "the request lives\n";';
foreach (['symlink', 'dangling symlink', 'FIFO', 'directory'] as $what) {
    echo "$what:\n";
    $site = new Site(__FILE__);
    $database = "$site->directory/store/sessions.db";
    $target = "$site->directory/elsewhere";
    mkdir("$site->directory/store", 0700);
    match ($what) {
        'symlink' => touch($target) && chmod($target, 0600) && symlink($target, $database),
        'dangling symlink' => symlink($target, $database),
        'FIFO' => exec('mkfifo -m 600 ' . escapeshellarg($database)),
        'directory' => mkdir($database, 0700),
    };
    echo $site->browser()->get($ask);
    clearstatcache();
    echo is_file($target) && filesize($target) > 0 || $what === 'dangling symlink' && file_exists($target) ? "WRITTEN ELSEWHERE\n" : '';
}
?>
--EXPECT--
symlink:
bool(false)
the request lives
dangling symlink:
bool(false)
the request lives
FIFO:
bool(false)
the request lives
directory:
bool(false)
the request lives
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
