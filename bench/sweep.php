<?php

/**
 * Collects garbage until nothing is left of it; prints the time it took in ms and how many sessions went.
 *
 *   php sweep.php EXPECTED
 *
 * EXPECTED  how many sessions have expired
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

['EXPECTED' => $expected] = arguments('EXPECTED');
session_start();
$removed = $idle = 0;
$start = $last = hrtime(true);
// Somebody else may be sweeping at this moment, and a handler may go in steps.
while ($removed < (int) $expected && $idle < 50) {
    $now = session_gc();
    if ($now === false) {
        fail('session_gc() failed: ' . (error_get_last()['message'] ?? 'no message'));
    }
    $removed += $now;
    if ($now > 0) {
        $idle = 0;
        $last = hrtime(true);
    } else {
        $idle++;
        usleep(5000);
    }
}
session_abort();
printf("%.3f %d\n", ($last - $start) / 1e6, $removed);
