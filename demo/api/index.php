<?php
declare(strict_types=1);

// The front controller of the second variant: the same shop, but it tells Sidereal who has logged in.
//
// What that brings: a page of devices with sign-out from afar, the reason why a session has ended, and a proof that is
// fresh and good once before the account is deleted. Forms have Sidereal's tokens; by https a device can stay logged in.

use Sidereal\ExceptionInterface;

require __DIR__ . '/../src/http.php';
require __DIR__ . '/../src/forms.php';
require __DIR__ . '/../src/users.php';
require __DIR__ . '/../src/shop.php';
require __DIR__ . '/../src/pages.php';
require __DIR__ . '/../src/devices.php';

if (!session_start()) {
    render(503, 'Busy', '<p>Your session is not available at the moment. Please try again.</p>');
    exit;
}
tell_why_it_ended();

$path = rtrim((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/') ?: '/';

try {
    match ($_SERVER['REQUEST_METHOD'] . ' ' . $path) {
        'GET /' => show_home(),
        'GET /counter' => show_counter(),
        'GET /slow' => show_slow(),
        'GET /shop' => show_shop(),
        'POST /shop/add' => add_to_cart(),
        'POST /shop/note' => save_note(),
        'POST /shop/empty' => empty_cart(),
        'GET /login' => show_login(),
        'POST /login' => log_in_as(),
        'POST /logout' => log_out_here(),
        'POST /auth/resume' => resume(),
        'GET /account' => show_own_account(),
        'GET /devices' => show_devices(),
        'POST /devices/sign-out' => sign_out_device(),
        'POST /devices/sign-out-others' => sign_out_others(),
        'GET /prove-it' => show_proof(),
        'POST /prove-it' => prove_it(),
        'GET /account/delete' => show_deletion(),
        'POST /account/delete' => delete_account(),
        default => render(404, 'Not found', '<p>There is no such page. <a href="/">Back to the start</a></p>'),
    };
} catch (ExceptionInterface $e) {
    error_log($e->getMessage());
    render(503, 'Busy', '<p>That did not work. Please try again.</p>');
}
