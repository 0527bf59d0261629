<?php

/**
 * A visitor whose requests come at a steady pace until a file appears; prints their times in ms: median, 99 %, longest.
 *
 *   php probe.php IDS SEED STOP
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

const PAUSE = 2000;

['IDS' => $file, 'SEED' => $seed, 'STOP' => $stop] = arguments('IDS', 'SEED', 'STOP');
$ids = shuffled_ids($file, (int) $seed);
open_session($ids[0]);
session_write_close();

$times = [];
for ($i = 0; ; $i++) {
    $before = hrtime(true);
    open_session($ids[$i % count($ids)]);
    $_SESSION['n']++;
    session_write_close();
    $times[] = (hrtime(true) - $before) / 1e6;
    usleep(PAUSE);
    clearstatcache();
    if (file_exists($stop)) {
        break;
    }
}
printf("%.3f %.3f %.3f\n", quantile($times, 0.5), quantile($times, 0.99), max($times));
