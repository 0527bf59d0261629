--TEST--
R99: the audit knows every session.* and sidereal.* setting of this PHP
--FILE--
<?php
require __DIR__ . '/audit.inc';
$site = new Site(__FILE__, GOOD);
echo $site->run('
    $names = array_filter(array_keys(ini_get_all()), fn ($name) => preg_match("/^(session|sidereal)\\./", $name));
    $unknown = array_filter(Sidereal\Audit::run()->findings, fn ($finding) => $finding->id === "unknown-setting");
    echo count($names) > 45 ? "all" : count($names), " of them, unknown: ", json_encode(array_column($unknown, "what")), "\n";
');
?>
--EXPECT--
all of them, unknown: []
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
