--TEST--
A8, R81, R83: No spelling but the exact name of our cookie is taken for it, whatever PHP makes of names; what the application gives is left alone
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__);
$alice = $site->browser();
$alice->get('session_start(); $_SESSION["user"] = "alice";');
$mallory = $site->browser();
$mallory->get('session_start(); $_SESSION["user"] = "mallory";');
[$good, $evil] = [$alice->sid(), $mallory->sid()];
$look = 'session_start(); echo $_SESSION["user"] ?? "nobody", " ", Sidereal\Session::denial()?->name ?? "served";';
$visit = fn (string $cookies, ?string $code = null, array $ini = [], array $query = []) =>
    $site->browser()->get($code ?? $look, query: $query, headers: ['Cookie' => $cookies], ini: $ini)->body;
$spellings = [
    'phpsessid', ' PHPSESSID', "\tPHPSESSID", "\v PHPSESSID", "\fPHPSESSID", 'PHPSESSID ', "PHPSESSID\t", '.PHPSESSID', '_PHPSESSID', '[PHPSESSID', 'PHPSESSID.',
    '"PHPSESSID"', '%50HPSESSID', 'PHPSESSID%00', '__Host-PHPSESSID', '__Secure-PHPSESSID', 'xPHPSESSID', 'PHPSESSIDx', '$PHPSESSID', 'PHPSESSID,',
];
$seen = [];
foreach ($spellings as $name) {
    // A leading space is what browsers write between two cookies: this one is our name.
    $expected = $name === ' PHPSESSID' ? ['mallory served', 'nobody Conflict', 'nobody Conflict'] : ['nobody served', 'alice served', 'alice served'];
    $found = [$visit("$name=$evil"), $visit("$name=$evil; PHPSESSID=$good"), $visit("PHPSESSID=$good; $name=$evil")];
    if ($found !== $expected) {
        echo json_encode($name), ': ', json_encode($found), "\n";
    }
    $seen[] = count($site->events('cookie_lookalike'));
}
echo count($spellings), ' spellings, ', count(array_unique($seen)) > 8 ? 'with events' : 'without events', "\n";

foreach (['.SID' => '_SID', 'a.b' => 'a_b', '__host-x' => '__Host-x'] as $sent => $name) {
    $ini = ['session.name' => $name, 'session.cookie_secure' => '1'];
    echo "$sent for $name: ", $visit("$sent=$evil", ini: $ini), ', ', $visit("$sent=$evil; $name=$good", ini: $ini), "\n";
}

// PHP writes a comma of an ID as %2C.
$prefixed = $site->browser();
$prefixed->get('session_id(session_create_id("a,b-")); session_start(); $_SESSION["user"] = "prefixed";');
echo str_starts_with($prefixed->sid(), 'a%2Cb-') ? 'encoded: ' : 'as it is: ', $visit('PHPSESSID=' . $prefixed->sid()), ', ', $visit('PHPSESSID=planted; PHPSESSID=' . $prefixed->sid()), ', ',
    $visit('PHPSESSID[x]=1; PHPSESSID=' . $prefixed->sid()), "\n";

echo 'given by session_id(): ', $visit("PHPSESSID=$evil; PHPSESSID=planted", "session_id('$good'); $look"), "\n";
echo 'written into $_COOKIE: ', $visit("PHPSESSID=$evil", "\$_COOKIE['PHPSESSID'] = '$good'; $look"), "\n";
echo 'in the query string: ', $visit('', ini: ['session.use_only_cookies' => '0', 'display_startup_errors' => '0'], query: ['PHPSESSID' => $evil]), "\n";
echo 'logged out, and started again: ', $visit("PHPSESSID=planted; PHPSESSID=$evil", 'session_start(); session_destroy(); ' . $look), "\n";
echo $visit("PHPSESSID=$good"), "\n";
?>
--EXPECT--
20 spellings, with events
.SID for _SID: nobody served, alice served
a.b for a_b: nobody served, alice served
__host-x for __Host-x: nobody served, alice served
encoded: prefixed served, prefixed served, prefixed served
given by session_id(): alice served
written into $_COOKIE: alice served
in the query string: nobody served
logged out, and started again: nobody served
alice served
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
