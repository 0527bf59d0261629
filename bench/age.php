<?php

/**
 * Makes every tenth of these files-handler sessions two days old, and prints the others.
 *
 *   php age.php DIRECTORY IDS
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

['DIRECTORY' => $directory, 'IDS' => $file] = arguments('DIRECTORY', 'IDS');
$long_ago = time() - 2 * 86400;
foreach (new SplFileObject($file) as $line => $id) {
    $id = rtrim($id);
    if ($id === '') {
        continue;
    }
    if ($line % 10 !== 0) {
        echo $id, "\n";
    } elseif (!touch("$directory/sess_$id", $long_ago)) {
        fail("$directory/sess_$id could not be made older.");
    }
}
