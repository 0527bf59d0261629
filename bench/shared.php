<?php

/**
 * One of several processes that all want the same session, as a browser's parallel requests do. Prints, for the whole
 * run: increments, failures; and for the window: turns, longest wait in ms, time held in ms.
 *
 *   php shared.php ID START SECONDS HOLD PAUSE
 *
 * HOLD   microseconds of work with the session open
 * PAUSE  microseconds between two requests
 *
 * The window leaves out the first half second, in which the processes get going.
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

const GET_GOING = 0.5;

['ID' => $id, 'START' => $start, 'SECONDS' => $seconds, 'HOLD' => $hold, 'PAUSE' => $pause]
    = arguments('ID', 'START', 'SECONDS', 'HOLD', 'PAUSE');
$increments = $failures = $turns = 0;
$longest = $held = 0;

wait_until((float) $start);
$window = hrtime(true) + (int) (GET_GOING * 1e9);
$end = $window + (int) ((float) $seconds * 1e9);
while (($asked = hrtime(true)) < $end) {
    session_id($id);
    // A refusal is a result here, not an end; so is a session that came back empty because nobody waited for the lock.
    if (!@session_start() || !isset($_SESSION['n'])) {
        $failures++;
        @session_write_close();
        continue;
    }
    $granted = hrtime(true);
    $_SESSION['n']++;
    usleep((int) $hold);
    $closing = hrtime(true);
    if (@session_write_close()) {
        $increments++;
    } else {
        $failures++;
    }
    if ($granted >= $window) {
        // Whoever is starved has its turn after the end, but has waited until then.
        $longest = max($longest, $granted - $asked);
    }
    if ($granted >= $window && $granted < $end) {
        $turns++;
        $held += $closing - $granted;
    }
    if ($pause > 0) {
        usleep((int) $pause);
    }
}
printf("%d %d %d %.3f %.3f\n", $increments, $failures, $turns, $longest / 1e6, $held / 1e6);
