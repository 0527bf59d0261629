<?php
declare(strict_types=1);

// What is in every form: a token that other sites do not know.

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

/** HTML for the log-in form besides user and password. */
function login_options(): string
{
    return '';
}
