<?php
declare(strict_types=1);

// The routes of the second variant: whatever has to do with who is logged in, and where.

use Sidereal\AutoLogin;
use Sidereal\Denial;
use Sidereal\ReauthenticationRequired;
use Sidereal\Roster;
use Sidereal\Session;
use Sidereal\SessionInfo;

/** Somebody whose session has ended gets to know why, once; the session is a new one already. */
function tell_why_it_ended(): void
{
    $reason = match (Session::denial()) {
        Denial::Idle => 'you were away for a while.',
        Denial::Absolute => 'it was open for a long time.',
        Denial::Revoked => 'you signed this device out on another one.',
        Denial::Obsolete => 'somebody else seems to have had access to it. If that was not you, change your password.',
        default => null,
    };
    if ($reason !== null && $_SERVER['REQUEST_METHOD'] === 'GET') {
        render(200, 'Signed out', '<p data-ended="' . e(Session::denial()->value) . '">Your session was ended because ' . e($reason)
            . '</p><p><a class="button" href="/login">Log in</a></p>');
        exit;
    }
}

/** The user, or a redirect to the log-in. */
function needed_user(): string
{
    $user = current_user();
    if ($user === null || !Session::userIs($user)) {
        redirect('/login');
    }

    return $user;
}

/** The cart comes along, and nothing else of what a visitor's session may have been led to hold. */
function log_in_as(): void
{
    check_csrf();
    $user = field('user');
    if (!password_fits($user, field('password'))) {
        show_login('That user and that password do not belong together.', 401);
        return;
    }
    Session::login($user, 'pwd', keep: ['cart', 'note', 'counter']);
    $_SESSION['user'] = $user;
    if (field('stay') === '1' && by_https()) {
        AutoLogin::enable($user);
    }
    flash('You are logged in.');
    redirect('/account');
}

/** Logs in whom this device's token names. */
function resume(): void
{
    $user = AutoLogin::resume();
    if ($user === null) {
        http_response_code(401);
        return;
    }
    $_SESSION['user'] = $user;
    echo e($user);
}

function log_out_here(): void
{
    check_csrf();
    Session::logout();
    redirect('/');
}

function show_own_account(): void
{
    $user = needed_user();
    $rows = '';
    foreach (['Name' => display_name($user), 'In the cart' => cart_count(), 'Devices' => count(Roster::of($user))] as $label => $value) {
        $rows .= '<tr><td>' . e($label) . '</td><td>' . e($value) . '</td></tr>';
    }
    render(200, 'Account', "<table>$rows</table>"
        . '<p><a class="button" href="/devices">Devices</a> <a href="/account/delete">Delete this account</a></p>');
}

function show_devices(): void
{
    $user = needed_user();
    $csrf = csrf_field();
    $rows = implode('', array_map(fn (SessionInfo $info) => device_row($info, $csrf), Roster::of($user)->list()));
    render(200, 'Devices', <<<HTML
        <table>$rows</table>
        <form method="post" action="/devices/sign-out-others">$csrf<button>Sign out all others</button></form>
        HTML);
}

function device_row(SessionInfo $info, string $csrf): string
{
    $handle = e($info->handle);
    $action = $info->current
        ? '<b data-this="' . $handle . '">this device</b>'
        : "<form method=\"post\" action=\"/devices/sign-out\">$csrf<button name=\"handle\" value=\"$handle\">Sign out</button></form>";

    return '<tr><td>' . e($info->agent ?: 'Unknown device') . '</td><td>' . e($info->address) . '</td><td>logged in '
        . e($info->authenticatedAt?->format('Y-m-d H:i') ?? '') . '</td><td>seen ' . e($info->lastSeen->format('Y-m-d H:i'))
        . "</td><td>$action</td></tr>";
}

/** A handle that is not one of this user's ends nothing. */
function sign_out_device(): void
{
    $user = needed_user();
    check_csrf();
    try {
        flash(Roster::of($user)->revoke(field('handle')) ? 'That device is signed out.' : 'You have no such device.');
    } catch (Sidereal\InvalidArgument) {
        flash('You have no such device.');
    }
    redirect('/devices');
}

function sign_out_others(): void
{
    $user = needed_user();
    check_csrf();
    Roster::of($user)->revokeOthers();
    flash('All other devices are signed out.');
    redirect('/devices');
}

function show_proof(string $error = '', int $status = 200): void
{
    needed_user();
    $csrf = csrf_field();
    $message = $error === '' ? '' : '<p class="error">' . e($error) . '</p>';
    render($status, 'Is it you?', <<<HTML
        $message
        <p>Before your account is deleted, please give your password once more.</p>
        <form method="post" action="/prove-it" class="stack">$csrf
          <label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
          <button>Go on</button>
        </form>
        HTML);
}

function prove_it(): void
{
    $user = needed_user();
    check_csrf();
    if (!password_fits($user, field('password'))) {
        show_proof('That is not your password.', 401);
        return;
    }
    Session::reauthenticated('pwd', 'delete-account');
    redirect('/account/delete');
}

function show_deletion(): void
{
    needed_user();
    $csrf = csrf_field();
    render(200, 'Delete this account', <<<HTML
        <p>This cannot be undone.</p>
        <form method="post" action="/account/delete">$csrf<button>Delete it</button></form>
        HTML);
}

/** In a demo the account itself stays. */
function delete_account(): void
{
    $user = needed_user();
    check_csrf();
    try {
        Session::requireFresh(scope: 'delete-account');
    } catch (ReauthenticationRequired) {
        redirect('/prove-it');
    }
    Session::logout(clearSiteData: true);
    Roster::revokeUser($user);
    render(200, 'Deleted', '<p data-deleted="1">Your account is gone, and every device is signed out.</p>');
}
