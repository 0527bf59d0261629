<?php
declare(strict_types=1);

// The front controller: the web server sends everything here that is not a file beside it.
//
// This application uses PHP's sessions as any PHP application does: session_start(), $_SESSION,
// session_regenerate_id() and session_destroy(). It runs on every save handler.

require __DIR__ . '/../src/http.php';
require __DIR__ . '/../src/forms.php';
require __DIR__ . '/../src/users.php';
require __DIR__ . '/../src/shop.php';
require __DIR__ . '/../src/pages.php';

if (!session_start()) {
    render(503, 'Busy', '<p>Your session is not available at the moment. Please try again.</p>');
    exit;
}

$path = rtrim((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/') ?: '/';

match ($_SERVER['REQUEST_METHOD'] . ' ' . $path) {
    'GET /' => show_home(),
    'GET /counter' => show_counter(),
    'GET /slow' => show_slow(),
    'GET /shop' => show_shop(),
    'POST /shop/add' => add_to_cart(),
    'POST /shop/note' => save_note(),
    'POST /shop/empty' => empty_cart(),
    'GET /login' => show_login(),
    'POST /login' => log_in(),
    'POST /logout' => log_out(),
    'GET /account' => show_account(),
    default => render(404, 'Not found', '<p>There is no such page. <a href="/">Back to the start</a></p>'),
};
