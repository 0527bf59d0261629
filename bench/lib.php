<?php

/**
 * What the parts of the benchmark share.
 */

declare(strict_types=1);

/** Ends the program with a sentence on standard error. */
function fail(string $sentence): never
{
    fwrite(STDERR, basename($_SERVER['argv'][0]) . ": $sentence\n");
    exit(1);
}

/** The command's arguments by name; all are needed. */
function arguments(string ...$names): array
{
    $given = array_slice($_SERVER['argv'], 1);
    if (count($given) !== count($names)) {
        fail('expected the arguments ' . implode(' ', $names) . ', found ' . count($given) . ' of them.');
    }
    return array_combine($names, $given);
}

/** What an application might keep, about $bytes long when serialized: a visitor and the cart. */
function session_data(int $bytes): array
{
    $user = ['id' => 4711, 'name' => 'alice', 'locale' => 'en_GB'];
    $data = ['n' => 0, 'user' => $user, 'seen' => 1735689600, 'cart' => []];
    for ($item = 1; strlen(serialize($data)) + 60 < $bytes; $item++) {
        $data['cart']["item-$item"] = ['title' => "Lantern number $item", 'price' => 100 * $item, 'pieces' => 3];
    }
    return $data;
}

/** Session IDs, one a line, in an order that depends on nothing but $seed. */
function shuffled_ids(string $file, int $seed): array
{
    $ids = file($file, FILE_IGNORE_NEW_LINES) ?: fail("$file holds no session IDs.");
    mt_srand($seed);
    shuffle($ids);
    return $ids;
}

/** Opens the session that is known as $id, with its data; otherwise the measurement would be of something else. */
function open_session(string $id, array $options = []): void
{
    session_id($id);
    if (!session_start($options)) {
        fail("session_start() failed: " . (error_get_last()['message'] ?? 'no message'));
    }
    if (!isset($_SESSION['n'])) {
        fail('a session that was stored came back empty.');
    }
}

/** Opens a new session; the handler mints its ID. */
function open_new_session(): void
{
    session_id('');
    if (!session_start()) {
        fail("session_start() failed: " . (error_get_last()['message'] ?? 'no message'));
    }
    if ($_SESSION !== []) {
        fail('a new session is not empty.');
    }
}

/** All processes of a measurement begin at the same moment. */
function wait_until(float $start): void
{
    $left = $start - microtime(true);
    if ($left < 0) {
        fail(sprintf('this process was ready %.2f s after the start; the machine is too busy to measure.', -$left));
    }
    usleep((int) ($left * 1e6));
}

/** The value below which $share of $values lie. */
function quantile(array $values, float $share): float
{
    sort($values);
    return $values === [] ? 0.0 : (float) $values[(int) floor($share * (count($values) - 1))];
}

function median(array $values): float
{
    sort($values);
    $middle = intdiv(count($values), 2);
    return count($values) % 2 === 1 ? $values[$middle] : ($values[$middle - 1] + $values[$middle]) / 2;
}

/** Microseconds that this process has kept a processor busy, in itself and in the kernel. */
function processor_time(): int
{
    $usage = getrusage();
    return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1000000
        + $usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec'];
}
