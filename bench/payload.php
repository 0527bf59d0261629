<?php

/**
 * Prints session data of about this size as PHP's own serializer writes it.
 *
 *   php payload.php BYTES
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

['BYTES' => $bytes] = arguments('BYTES');
session_start();
$_SESSION = session_data((int) $bytes);
$encoded = session_encode();
session_abort();
echo $encoded;
