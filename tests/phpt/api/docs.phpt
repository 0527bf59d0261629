--TEST--
Every example of docs/php.md runs, its assertions hold, it prints what the page says, and each public method has one
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$page = file_get_contents(getenv('SIDEREAL_ROOT') . '/docs/php.md');
preg_match_all('/^```php\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/ms', $page, $examples, PREG_SET_ORDER | PREG_UNMATCHED_AS_NULL);
$failed = 0;
foreach ($examples as [, $code, $printed]) {
    $site = new Site(__FILE__, ['zend.assertions' => '1', 'assert.exception' => '1', 'sidereal.autologin_path' => '/auth/resume']);
    $response = $site->browser()->get("<?php\n$code", server: ['HTTPS' => 'on']);
    if ($response->body !== ($printed ?? '') || $response->exit !== 0 || $response->errors !== '') {
        $failed++;
        echo "--- this example:\n$code--- printed:\n$response\n--- and not:\n$printed\n";
    }
}
$without = [];
$all = implode(array_column($examples, 1));
foreach ((new ReflectionExtension('sidereal'))->getClasses() as $class) {
    foreach ($class->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
        $called = $method->isStatic() ? "{$class->getShortName()}::$method->name(" : "->$method->name(";
        if (in_array($class->getShortName(), ['Session', 'Roster', 'AutoLogin', 'Csrf', 'Audit']) && !str_contains($all, $called)) {
            $without[] = $called;
        }
    }
}
foreach ((new ReflectionExtension('sidereal'))->getClasses() as $class) {
    if (!str_contains($page, $class->getShortName())) {
        $without[] = $class->getShortName();
    }
}
echo "$failed failed, without an example: ", json_encode($without), "\n";
var_dump(count($examples) >= 15);
?>
--EXPECT--
0 failed, without an example: []
bool(true)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
