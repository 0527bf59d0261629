<?php
declare(strict_types=1);

// The forms of the second variant: Sidereal has the token, and asks the browser where the request comes from.

use Sidereal\Csrf;
use Sidereal\CsrfRefused;

function csrf_field(): string
{
    return Csrf::field();
}

/** Ends the request unless the user has made it from one of our own pages. */
function check_csrf(): void
{
    try {
        Csrf::check();
    } catch (CsrfRefused) {
        render(403, 'Refused', '<p>This form has expired or came from elsewhere. Please go back and try again.</p>');
        exit;
    }
}

/** Auto-login takes https. Who is remembered is logged in by the script, before they have typed anything. */
function login_options(): string
{
    if (!by_https()) {
        return '';
    }

    return '<label><input type="checkbox" name="stay" value="1"> Stay logged in on this device</label><script src="/resume.js" defer></script>';
}

function by_https(): bool
{
    return ($_SERVER['HTTPS'] ?? '') === 'on';
}
