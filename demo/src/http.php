<?php
declare(strict_types=1);

// Escaping, redirects, the CSRF token and the page around every page.

function e(string|int $text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function redirect(string $path): never
{
    header('Location: ' . $path, true, 303);
    exit;
}

/** A form field as a string, whatever the client made of it. */
function field(string $name): string
{
    $value = $_POST[$name] ?? '';

    return is_string($value) ? $value : '';
}

function csrf_field(): string
{
    $_SESSION['csrf'] ??= bin2hex(random_bytes(16));

    return '<input type="hidden" name="csrf" value="' . e($_SESSION['csrf']) . '">';
}

/** Ends the request unless the form came from one of our own pages. */
function check_csrf(): void
{
    if (!hash_equals($_SESSION['csrf'] ?? '', field('csrf')) || field('csrf') === '') {
        render(403, 'Refused', '<p>This form has expired or came from elsewhere. Please go back and try again.</p>');
        exit;
    }
}

function flash(string $message): void
{
    $_SESSION['flash'] = $message;
}

/** @param string $body HTML, already escaped */
function render(int $status, string $title, string $body): void
{
    http_response_code($status);
    header('Content-Type: text/html; charset=utf-8');
    header("Content-Security-Policy: default-src 'self'; frame-ancestors 'none'");
    header('X-Content-Type-Options: nosniff');

    $user = current_user();
    $flash = $_SESSION['flash'] ?? null;
    unset($_SESSION['flash']);

    require __DIR__ . '/layout.php';
}
