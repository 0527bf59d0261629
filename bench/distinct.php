<?php

/**
 * One of several processes, each with sessions of its own. Prints how many cycles it did and its longest one in ms.
 *
 *   php distinct.php CASE IDS START SECONDS
 *
 * CASE   changed: every cycle writes; mixed: every second one
 * START  when to begin, in seconds since 1970
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

['CASE' => $case, 'IDS' => $file, 'START' => $start, 'SECONDS' => $seconds]
    = arguments('CASE', 'IDS', 'START', 'SECONDS');
$ids = shuffled_ids($file, 1);
$writes_every = $case === 'mixed' ? 2 : 1;

open_session($ids[0]);
session_write_close();
wait_until((float) $start);

$end = hrtime(true) + (int) ((float) $seconds * 1e9);
$longest = 0;
$count = count($ids);
for ($cycles = 0, $now = hrtime(true); $now < $end; $cycles++, $now = $after) {
    open_session($ids[$cycles % $count]);
    // Each session gets writes and plain reads in turn, whether the number of sessions is even or odd.
    if (($cycles + intdiv($cycles, $count)) % $writes_every === 0) {
        $_SESSION['n']++;
    }
    session_write_close();
    $after = hrtime(true);
    $longest = max($longest, $after - $now);
}
printf("%d %.2f\n", $cycles, $longest / 1e6);
