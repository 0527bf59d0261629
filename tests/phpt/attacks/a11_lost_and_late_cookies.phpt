--TEST--
A11: a client whose Set-Cookie is lost, late or overtaken stays logged in, and nobody is accused
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$count = 'session_start(); $_SESSION["n"] = ($_SESSION["n"] ?? 0) + 1; echo $_SESSION["n"];';
foreach ([1, 2, 3] as $seed) {
    mt_srand($seed);
    $site = new Site(__FILE__);
    $browser = $site->browser();
    $browser->get($count);
    $expected = 1;
    $late = [];
    $replaced = $lost = $overtaken = 0;
    for ($step = 0; $step < 40; $step++) {
        $site->pass(mt_rand(1, 8) === 1 ? 16 * 60 : mt_rand(1, 40));
        $exchange = $browser->send('GET', $count);
        $response = $exchange->lose();
        if ($response->body !== (string) ++$expected) {
            echo "seed $seed, step $step: expected $expected, found $response\n";
            break;
        }
        if ($response->cookie() === null) {
            continue;
        }
        $replaced++;
        // At most two in a row are lost or late: an ID has three successors.
        $fate = $lost + count($late) < 2 ? mt_rand(0, 2) : 0;
        if ($fate === 1) {
            $lost++;
        } elseif ($fate === 2) {
            $late[] = $response;
        } else {
            $browser->keep($response);
            foreach ($late as $overtaking) {
                $browser->keep($overtaking);
                $overtaken++;
            }
            [$lost, $late] = [0, []];
        }
    }
    echo "seed $seed: $expected requests, ", $replaced > 3 ? 'several IDs, ' : "$replaced IDs, ";
    echo count($site->events('obsolete_access')), ' alarms, ', count($site->events('session_created')), " session\n";
}
?>
--EXPECT--
seed 1: 41 requests, several IDs, 0 alarms, 1 session
seed 2: 41 requests, several IDs, 0 alarms, 1 session
seed 3: 41 requests, several IDs, 0 alarms, 1 session
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
