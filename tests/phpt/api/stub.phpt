--TEST--
The stub says exactly what the extension has: names, types, defaults, finality, attributes
--FILE--
<?php
require __DIR__ . '/../browser.inc';

/** Every class of the namespace, and what can be said of it. */
function described(array $classes): array
{
    $all = [];
    foreach ($classes as $name) {
        $class = new ReflectionClass($name);
        $interfaces = $class->getInterfaceNames();
        sort($interfaces);
        $parent = $class->getParentClass();
        $all[] = implode(' ', array_filter([
            $class->isFinal() && !$class->isEnum() ? 'final' : '',
            $class->isInterface() ? 'interface' : ($class->isEnum() ? 'enum ' . (new ReflectionEnum($name))->getBackingType() : 'class'),
            $name,
            $parent ? 'extends ' . $parent->name : '',
            'implements ' . implode(', ', $interfaces),
        ]));
        foreach ($class->getReflectionConstants() as $constant) {
            $all[] = "$name::$constant->name " . ($constant->isEnumCase() ? 'case ' . $constant->getValue()->value : 'const');
        }
        foreach ($class->getProperties() as $property) {
            if ($property->class === $name) {
                $all[] = "$name::\$$property->name " . implode(' ', Reflection::getModifierNames($property->getModifiers())) . ' ' . $property->getType();
            }
        }
        foreach ($class->getMethods() as $method) {
            if ($method->class === $name && !$class->isEnum()) {
                $all[] = "$name::" . function_described($method) . ' ' . implode(' ', Reflection::getModifierNames($method->getModifiers()));
            }
        }
    }
    sort($all);
    return $all;
}

function function_described(ReflectionFunctionAbstract $function): string
{
    $parameters = array_map(function ($parameter) {
        $attributes = array_map(fn ($attribute) => '#[' . $attribute->getName() . '] ', $parameter->getAttributes());
        $default = $parameter->isDefaultValueAvailable() ? ' = ' . var_export($parameter->getDefaultValue(), true) : '';
        return implode($attributes) . $parameter->getType() . ' $' . $parameter->getName() . $default;
    }, $function->getParameters());
    return $function->getName() . '(' . implode(', ', $parameters) . '): ' . ($function->getReturnType() ?? $function->getTentativeReturnType() ?? '-');
}

// The same file twice: in this process the extension is loaded; the other one has the stub in its place.
$extension = new ReflectionExtension('sidereal');
$mine = described($extension->getClassNames());
foreach ($extension->getFunctions() as $function) {
    $mine[] = function_described($function);
}

$stub = getenv('SIDEREAL_ROOT') . '/php-ext/stubs/sidereal.stub.php';
$script = tempnam(sys_get_temp_dir(), 'stub');
$self = file_get_contents(__FILE__);
preg_match_all('/^function \w+\(.*?^}/ms', $self, $functions);
file_put_contents($script, '<?php require ' . var_export($stub, true) . ';' . implode("\n", $functions[0]) . '
    $classes = array_values(array_filter([...get_declared_classes(), ...get_declared_interfaces()], fn ($name) => str_starts_with($name, "Sidereal\\\\")));
    $all = described($classes);
    $all[] = function_described(new ReflectionFunction("Sidereal\\\\on_event"));
    echo serialize($all);');
$theirs = unserialize(shell_exec(escapeshellarg(PHP_BINARY) . ' -n ' . escapeshellarg($script)));
unlink($script);

echo 'only in the extension: ', json_encode(array_values(array_diff($mine, $theirs)), JSON_PRETTY_PRINT), "\n";
echo 'only in the stub: ', json_encode(array_values(array_diff($theirs, $mine)), JSON_PRETTY_PRINT), "\n";
var_dump(count($mine) > 80);
?>
--EXPECT--
only in the extension: []
only in the stub: []
bool(true)
