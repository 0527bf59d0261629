--TEST--
R98: session files that others can list, a store or keyring that others can read: the audit says which
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/audit.inc';
$site = new Site(__FILE__, GOOD);
mkdir("$site->directory/files");
chmod("$site->directory/files", 0777);
$audit = fn (array $ini = []) => trim($site->run(AUDIT, $ini)) . "\n";
echo $audit(['session.save_handler' => 'files', 'session.save_path' => "2;0600;$site->directory/files"]);

$store = "$site->directory/store";
echo 'before the first session: ', $audit();
var_dump(file_exists($store));
$site->run('session_start(); $_SESSION["a"] = 1;');
echo 'good: ', $audit();
chmod("$store/keyring", 0644);
echo $audit();
chmod("$store/keyring", 0600);
chmod("$store/sessions.db", 0666);
echo $audit();
chmod("$store/sessions.db", 0600);
chmod($store, 0755);
echo $audit();
chmod($store, 0700);
touch("$store/keyring", time() - 400 * 86400);
echo $audit();
echo $site->run('foreach (Sidereal\Audit::run()->findings as $f) { if ($f->id === "keyring-old") { echo $f->what, "\n", implode(" ", $f->references); } }');
?>
--EXPECTF--
save-handler save-path gc-lifetime
before the first session: 
bool(false)
good: 
keyring-unusable
store-exposed
store-unusable keyring-unusable
keyring-old
%s/store/keyring has not changed for 400 days
A33
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
