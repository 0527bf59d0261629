<?php

/**
 * The application that the tests drive: an ordinary one, which knows nothing of Sidereal except where it says so. A
 * request says what to do with the session; the answer is one `name value` a line.
 *
 *   do        what to do, a function below
 *   hold      milliseconds of work with the session open
 *   announce  a file that gets this worker's process ID once the session is open
 *   until     a file whose appearance ends the work
 */

declare(strict_types=1);

/** Nobody waits for longer than this, so that a test that fails ends. */
const LONGEST_WORK = 20.0;

$answer = [];

function parameter(string $name, string $default = ''): string
{
    return $_GET[$name] ?? $default;
}

function open_session(array $options = []): bool
{
    global $answer;
    $opened = session_start($options);
    $answer['open'] = $opened ? 'yes' : 'no';
    return $opened;
}

/** PHP's session_write_close() answers true whatever happens; a write that failed shows as a warning only. */
function close_session(): void
{
    global $answer;
    error_clear_last();
    session_write_close();
    $answer['written'] = error_get_last() === null ? 'yes' : 'no';
}

function work(): void
{
    if (parameter('announce') !== '') {
        // Whole or not at all: the test reads it as soon as it is there.
        file_put_contents(parameter('announce') . '.part', getmypid());
        rename(parameter('announce') . '.part', parameter('announce'));
    }
    usleep(1000 * (int) parameter('hold', '0'));
    $end = microtime(true) + LONGEST_WORK;
    while (parameter('until') !== '' && !file_exists(parameter('until')) && microtime(true) < $end) {
        clearstatcache();
        usleep(1000);
    }
}

function describe(): void
{
    global $answer;
    $answer['n'] = $_SESSION['n'] ?? 0;
    $answer['user'] = $_SESSION['user'] ?? '-';
    $answer['size'] = strlen($_SESSION['blob'] ?? '');
}

$actions = [
    'increment' => function (): void {
        if (!open_session()) {
            return;
        }
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        work();
        describe();
        close_session();
    },
    // As much data as asked for, of a kind that no compression shrinks.
    'store' => function (): void {
        if (!open_session()) {
            return;
        }
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        $_SESSION['blob'] = random_bytes((int) parameter('size'));
        describe();
        close_session();
    },
    'look' => function (): void {
        if (open_session()) {
            describe();
            close_session();
        }
    },
    'read' => function (): void {
        if (open_session(['read_and_close' => true])) {
            work();
            describe();
        }
    },
    'login' => function (): void {
        if (open_session()) {
            session_regenerate_id();
            $_SESSION['user'] = parameter('user');
            describe();
            close_session();
        }
    },
    // With Sidereal's API.
    'bind' => function (): void {
        if (open_session()) {
            Sidereal\Session::login(parameter('user'), 'pwd');
            $_SESSION['user'] = parameter('user');
            describe();
            close_session();
        }
    },
    'revoke' => function (): void {
        global $answer;
        $answer['revoked'] = Sidereal\Roster::revokeUser(parameter('user'));
    },
    'why' => function (): void {
        global $answer;
        if (open_session()) {
            describe();
            $answer['why'] = Sidereal\Session::denial()?->value ?? '-';
        }
    },
    'logout' => function (): void {
        global $answer;
        if (open_session()) {
            $answer['destroyed'] = session_destroy() ? 'yes' : 'no';
        }
    },
    // PHP closes the session when the request ends, whichever way it ends.
    'forget' => function (): void {
        if (open_session()) {
            $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
            describe();
        }
    },
    'crash' => function (): void {
        if (open_session()) {
            $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
            throw new LogicException('the application has a bug');
        }
    },
];

header('Content-Type: text/plain');
ob_start();
register_shutdown_function(function () use (&$answer): void {
    $answer['pid'] = getmypid();
    $answer['id'] = session_id();
    foreach ($answer as $name => $value) {
        echo "$name $value\n";
    }
});
$actions[parameter('do')]();
