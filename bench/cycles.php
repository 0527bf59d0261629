<?php

/**
 * Runs one kind of request over and over in one process and prints microseconds per cycle: by the clock, and of
 * processor time.
 *
 *   php cycles.php CASE COUNT BYTES IDS SEED
 *
 * CASE   changed, unchanged, read_and_close, create, regenerate_false, regenerate_true
 * BYTES  size of what `create` stores
 * IDS    a file of session IDs, one a line. `create` writes it; regenerations replace the IDs that they retire.
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

const WARM_UP = 200;

['CASE' => $case, 'COUNT' => $count, 'BYTES' => $bytes, 'IDS' => $file, 'SEED' => $seed]
    = arguments('CASE', 'COUNT', 'BYTES', 'IDS', 'SEED');
$data = session_data((int) $bytes);
$ids = $case === 'create' ? [] : shuffled_ids($file, (int) $seed);

$cycle = match ($case) {
    'changed' => function (int $i) use (&$ids): void {
        open_session($ids[$i % count($ids)]);
        $_SESSION['n']++;
        session_write_close();
    },
    'unchanged' => function (int $i) use (&$ids): void {
        open_session($ids[$i % count($ids)]);
        session_write_close();
    },
    'read_and_close' => function (int $i) use (&$ids): void {
        open_session($ids[$i % count($ids)], ['read_and_close' => true]);
    },
    'create' => function (int $i) use (&$ids, $data): void {
        open_new_session();
        $_SESSION = $data;
        $ids[] = session_id();
        session_write_close();
    },
    'regenerate_false', 'regenerate_true' => function (int $i) use (&$ids, $case): void {
        $at = $i % count($ids);
        open_session($ids[$at]);
        $_SESSION['n']++;
        session_regenerate_id($case === 'regenerate_true');
        $ids[$at] = session_id();
        session_write_close();
    },
    default => fail("'$case' is no case; the beginning of this file lists them."),
};

// A fill is measured from its first cycle on; everything else when the store is open and its pages are in memory.
$warm_up = $case === 'create' ? 0 : min(WARM_UP, (int) $count);
for ($i = 0; $i < $warm_up; $i++) {
    $cycle($i);
}
$cpu = processor_time();
$start = hrtime(true);
for ($end = $warm_up + (int) $count; $i < $end; $i++) {
    $cycle($i);
}
$spent = (hrtime(true) - $start) / 1000;
$cpu = processor_time() - $cpu;

if ($case === 'create' || str_starts_with($case, 'regenerate')) {
    file_put_contents($file, implode("\n", $ids) . "\n");
}
printf("%.3f %.3f\n", $spent / (int) $count, $cpu / (int) $count);
