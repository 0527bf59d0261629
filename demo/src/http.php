<?php
declare(strict_types=1);

// Escaping, redirects and the page around every page.

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
