<?php
// The PHP door for tests/agree.rs: one request, as its query says.
if (($_GET['do'] ?? '') === 'impatient') {
    ini_set('display_errors', '0');
}
$open = session_start(['read_and_close' => ($_GET['do'] ?? '') === 'read']);
echo 'open ', $open ? 'yes' : 'no', "\n";
echo 'data ', json_encode($_SESSION ?? null), "\n";
switch ($_GET['do'] ?? '') {
    case 'write':
        $_SESSION = ['v' => $_GET['value']];
        break;
    case 'login':
        session_regenerate_id();
        $_SESSION['user'] = $_GET['value'];
        break;
    case 'logout':
        session_destroy();
        break;
    case 'user':
        Sidereal\Session::login($_GET['value'], 'pwd');
        break;
    case 'devices':
        echo 'count ', count(Sidereal\Roster::of($_GET['value'])), "\n";
        break;
    case 'audit':
        $ids = array_map(fn ($finding) => $finding->id, Sidereal\Audit::run()->findings);
        echo 'server ', implode(' ', array_filter($ids, fn ($id) => str_starts_with($id, 'server-'))), "\n";
        break;
    case 'append':
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
        break;
}
