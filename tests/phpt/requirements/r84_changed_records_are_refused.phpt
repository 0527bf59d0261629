--TEST--
R84: A record that somebody has changed in the store, wherever, is refused: a fresh session, one seal_broken event, no warning
--SKIPIF--
<?php require __DIR__ . '/../embedded.inc';
--FILE--
<?php
require __DIR__ . '/../browser.inc';

/** The store's file, edited by hand while no process has it open. */
final class StoreFile
{
    private string $bytes;

    /** Bytes in a page. */
    private readonly int $page;

    public function __construct(private readonly string $path)
    {
        $this->bytes = file_get_contents($path);
        $this->page = unpack('n', $this->bytes, 16)[1];
        $this->takeLog();
    }

    /** What is in the write-ahead log goes where it belongs: 24 bytes before each page, 32 before all. */
    private function takeLog(): void
    {
        $log = is_file("$this->path-wal") ? file_get_contents("$this->path-wal") : '';
        $pages = [];
        $frame = 24 + $this->page;
        for ($at = 32; $at + $frame <= strlen($log) && substr($log, $at + 8, 8) === substr($log, 16, 8); $at += $frame) {
            ['page' => $page, 'size' => $size] = unpack('Npage/Nsize', $log, $at);
            $pages[$page] = substr($log, $at + 24, $this->page);
            if ($size !== 0) {
                $this->bytes = str_pad($this->bytes, $size * $this->page, "\0");
                foreach ($pages as $number => $bytes) {
                    $this->bytes = substr_replace($this->bytes, $bytes, ($number - 1) * $this->page, $this->page);
                }
                $pages = [];
            }
        }
    }

    /** Where the columns of each row with so many columns are: [offset, length] by number. */
    public function rows(int $columns): array
    {
        $rows = [];
        for ($page = $this->page; $page < strlen($this->bytes); $page += $this->page) {
            if ($this->bytes[$page] !== "\x0d") {
                continue;
            }
            for ($cell = 0; $cell < unpack('n', $this->bytes, $page + 3)[1]; $cell++) {
                $at = $page + unpack('n', $this->bytes, $page + 8 + 2 * $cell)[1];
                $this->number($at);
                $this->number($at);
                $from = $at;
                $end = $from + $this->number($at);
                $row = [];
                for ($content = $end; $at < $end; $content += $length) {
                    $type = $this->number($at);
                    $length = $type >= 12 ? intdiv($type - 12, 2) : [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][$type];
                    $row[] = [$content, $length];
                }
                if (count($row) === $columns) {
                    $rows[] = $row;
                }
            }
        }
        return $rows;
    }

    private function number(int &$at): int
    {
        // Nine bytes at most; those of that length are row numbers, which nobody here wants to know.
        for ($number = 0, $length = 1, $more = true; $more && $length <= 9; $at++, $length++) {
            $number = $number << 7 | ord($this->bytes[$at]) & 0x7f;
            $more = ord($this->bytes[$at]) >= 0x80;
        }
        return $number;
    }

    /** Flips one bit. */
    public function flip(int $at): void
    {
        $this->bytes[$at] = chr(ord($this->bytes[$at]) ^ 1);
    }

    /** Puts the bytes of one column into another of the same length. */
    public function copy(array $from, array $to): void
    {
        $from[1] === $to[1] || throw new LogicException('lengths differ');
        $this->bytes = substr_replace($this->bytes, substr($this->bytes, ...$from), ...$to);
    }

    public function save(): void
    {
        file_put_contents($this->path, $this->bytes);
        array_map(unlink(...), glob("$this->path-*"));
    }
}

const COLUMNS = 19;
const META = 17;
const PAYLOAD = 18;
const SEALED = 4;
$changes = [
    'nothing' => fn ($file) => null,
    'metadata, start' => fn ($file) => $file->flip($file->rows(COLUMNS)[0][META][0]),
    'metadata, middle' => fn ($file) => $file->flip($file->rows(COLUMNS)[0][META][0] + 60),
    'metadata, end' => fn ($file) => $file->flip(array_sum($file->rows(COLUMNS)[0][META]) - 1),
    'payload, start' => fn ($file) => $file->flip($file->rows(COLUMNS)[0][PAYLOAD][0]),
    'payload, middle' => fn ($file) => $file->flip($file->rows(COLUMNS)[0][PAYLOAD][0] + 20),
    'payload, end' => fn ($file) => $file->flip(array_sum($file->rows(COLUMNS)[0][PAYLOAD]) - 1),
    'pointer' => fn ($file) => $file->flip($file->rows(5)[0][SEALED][0] + 20),
    "another's metadata" => fn ($file) => $file->copy($file->rows(COLUMNS)[1][META], $file->rows(COLUMNS)[0][META]),
    "another's payload" => fn ($file) => $file->copy($file->rows(COLUMNS)[1][PAYLOAD], $file->rows(COLUMNS)[0][PAYLOAD]),
];
foreach ($changes as $what => $change) {
    $site = new Site(__FILE__, ['error_reporting' => E_ALL]);
    $alice = $site->browser();
    $alice->get('session_start(); $_SESSION["user"] = "alice";');
    if (str_contains($what, 'another')) {
        // Whoever has the first row in the file gets what is in the second.
        $mallory = $site->browser();
        $mallory->get('session_start(); $_SESSION["user"] = "mally";');
    }
    if ($what === 'pointer') {
        $site->pass(901);
        $alice->get('session_start();');
    }
    $file = new StoreFile("$site->directory/store/sessions.db");
    $change($file);
    $file->save();
    @unlink("$site->directory/events");
    $sid = $alice->sid();
    $look = 'session_start(); echo json_encode($_SESSION), " "; $_SESSION["new"] = 1;';
    $victims = str_contains($what, 'another') ? [$alice, $mallory] : [$alice];
    $bodies = array_map(fn ($browser) => $browser->get($look)->body, $victims);
    sort($bodies);
    echo "$what: ", implode($bodies);
    echo json_encode(array_map(fn ($event) => [$event['event'], $event['level']], $site->events('seal_broken')));
    echo $what === 'nothing' || count($victims) > 1 || $alice->sid() !== $sid ? '' : ' the same ID';
    echo ' then ', $alice->get('session_start(); echo json_encode($_SESSION), "\n";');
}
?>
--EXPECTREGEX--
nothing: \{"user":"alice"\} \[\] then \{"user":"alice","new":1\}
metadata, start: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
metadata, middle: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
metadata, end: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
payload, start: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
payload, middle: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
payload, end: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
pointer: \[\] \[\["seal_broken","CRITICAL"\]\] then \{"new":1\}
another's metadata: \[\] \{"user":"(alice|mally)"\} \[\["seal_broken","CRITICAL"\]\] then (\{"new":1\}|\{"user":"alice","new":1\})
another's payload: \[\] \{"user":"(alice|mally)"\} \[\["seal_broken","CRITICAL"\]\] then (\{"new":1\}|\{"user":"alice","new":1\})
--CLEAN--
<?php require __DIR__ . '/../browser.inc'; Site::clean(__FILE__);
