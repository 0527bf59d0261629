--TEST--
A16: a forged request is refused by what the browser says of it, and by its token; each refusal is an event
--FILE--
<?php
require __DIR__ . '/../browser.inc';
$site = new Site(__FILE__, ['sidereal.csrf_origins' => 'https://pay.example']);
$check = 'session_start(); $_SESSION["n"] = 1;
    try { Sidereal\Csrf::check(); echo "done"; } catch (Sidereal\CsrfRefused $e) { echo $e->getCode(), " ", preg_match("/refused \((.*)\)/", $e->getMessage(), $m) ? $m[1] : "?"; }';
$form = 'session_start(); $_SESSION["n"] = 1; echo Sidereal\Csrf::token();';
$alice = $site->browser();
$mallory = $site->browser();
$https = ['HTTPS' => 'on', 'HTTP_HOST' => 'shop.example'];
$hers = $alice->get($form, server: $https)->body;
$his = $mallory->get($form, server: $https)->body;
$own = ['Origin' => 'https://shop.example'];
$forge = function (string $what, array $headers, array $fields, array $server = []) use ($alice, $check, $https) {
    // A copy: what is remembered of one browser does not reach the next case.
    echo str_pad($what, 28), (clone $alice)->post($check, $fields, headers: $headers, server: $server + $https), "\n";
};
$with = ['csrf_token' => $hers];
echo str_pad('GET', 28), $alice->get($check, headers: ['Sec-Fetch-Site' => 'cross-site'], server: $https), "\n";
$forge('no token', $own, []);
$forge('her own', $own, $with);
$forge('token in a header', $own + ['X-CSRF-Token' => $hers], []);
$forge('the field counts', $own + ['X-CSRF-Token' => $hers], ['csrf_token' => 'x']);
$forge('the field is an array', $own + ['X-CSRF-Token' => $hers], ['csrf_token' => ['a' => $hers]]);
$forge("mallory's token", $own, ['csrf_token' => $his]);
$forge('no headers', [], $with);
$forge('another site', ['Origin' => 'https://evil.example'], $with);
$forge('null', ['Origin' => 'null'], $with);
$forge('a trusted site', ['Origin' => 'https://pay.example'], $with);
$forge('a trusted site, no token', ['Origin' => 'https://pay.example'], []);
$forge('http instead of https', ['Origin' => 'http://shop.example'], $with);
$forge('Host says something else', ['Origin' => 'https://shop.example'], $with, ['HTTP_HOST' => 'evil.example']);
$forge('a foreign Referer', ['Referer' => 'https://evil.example/https://shop.example'], $with);
$forge('its own Referer', ['Referer' => 'https://shop.example/form'], $with);
$forge('cross-site', $own + ['Sec-Fetch-Site' => 'cross-site'], $with);
$forge('same-site', ['Origin' => 'https://blog.shop.example', 'Sec-Fetch-Site' => 'same-site'], $with);
$forge('same-origin', $own + ['Sec-Fetch-Site' => 'same-origin'], $with);
$forge('afterwards without', $own, $with);
$forge('high, without headers', [], $with);
echo 'high: ', $site->browser()->post($check, [], server: $https, ini: ['sidereal.csrf_require_origin' => '1']), "\n";
$events = $site->events('csrf_refused');
echo count($events), ' events: ', implode(' ', array_unique(array_column($events, 'reason'))), "\n";
var_dump(str_contains(file_get_contents("$site->directory/events"), $hers));
?>
--EXPECT--
GET                         done
no token                    19 no-token
her own                     done
token in a header           done
the field counts            19 wrong-token
the field is an array       19 wrong-token
mallory's token             19 wrong-token
no headers                  done
another site                19 foreign-origin
null                        19 opaque-origin
a trusted site              done
a trusted site, no token    19 no-token
http instead of https       19 foreign-origin
Host says something else    19 foreign-origin
a foreign Referer           19 foreign-origin
its own Referer             done
cross-site                  19 cross-site
same-site                   19 same-site
same-origin                 done
afterwards without          19 downgrade
high, without headers       19 downgrade
high: 19 unknown-origin
15 events: no-token wrong-token foreign-origin opaque-origin cross-site same-site downgrade unknown-origin
bool(false)
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
