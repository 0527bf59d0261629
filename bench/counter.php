<?php

/**
 * Prints the counter of a session.
 *
 *   php counter.php ID
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

['ID' => $id] = arguments('ID');
open_session($id, ['read_and_close' => true]);
echo $_SESSION['n'], "\n";
