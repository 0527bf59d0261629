<?php

/**
 * Prints the medians of a benchmark and, beside each, how it compares with the files handler (or with the one in BENCH_BASELINE).
 *
 *   php report.php FIGURES.tsv
 */

declare(strict_types=1);

require __DIR__ . '/lib.php';

define('BASELINE', getenv('BENCH_BASELINE') ?: 'files');

['FIGURES' => $file] = arguments('FIGURES');

/** @return array{0: array, 1: list<string>} values by section, row and handler; and the handlers */
function read_figures(string $file): array
{
    $lines = file($file, FILE_IGNORE_NEW_LINES) ?: fail("$file holds no figures.");
    $names = explode("\t", array_shift($lines));
    $values = $handlers = [];
    foreach ($lines as $line) {
        $figure = array_combine($names, explode("\t", $line));
        $values[$figure['section']][row_name($figure)][$figure['handler']][] = (float) $figure['value'];
        $handlers[$figure['handler']] = true;
    }
    return [$values, array_keys($handlers)];
}

/** What a line of the table is called; figures of other handlers and rounds have the same. */
function row_name(array $figure): string
{
    $parts = match ($figure['section']) {
        'cycles' => [kibibytes((int) $figure['bytes']), $figure['case']],
        'distinct' => [$figure['processes'] . ' processes', $figure['case']],
        'size', 'gc' => [number_format((float) $figure['sessions']) . ' sessions', $figure['case']],
        default => [$figure['case']],
    };
    return implode(', ', $parts) . '|' . $figure['metric'];
}

function kibibytes(int $bytes): string
{
    return rtrim(rtrim(sprintf('%.1f', $bytes / 1024), '0'), '.') . ' KiB';
}

function cell(?float $value, ?float $baseline, bool $is_baseline): string
{
    if ($value === null) {
        return sprintf('%21s', '-');
    }
    $digits = match (true) {
        fmod($value, 1.0) === 0.0 => 0,
        abs($value) >= 100 => 0,
        abs($value) >= 10 => 1,
        default => 3,
    };
    $ratio = $is_baseline || !$baseline ? '' : sprintf('(%.2f)', $value / $baseline);
    return sprintf('%12s %8s', number_format($value, $digits), $ratio);
}

[$sections, $handlers] = read_figures($file);
foreach ($sections as $section => $rows) {
    printf("\n%-48s", "$section: medians, (x " . BASELINE . ')');
    foreach ($handlers as $handler) {
        printf('%21s', $handler);
    }
    echo "\n";
    foreach ($rows as $name => $by_handler) {
        [$what, $metric] = explode('|', $name);
        printf('%-33s %-14s', $what, $metric);
        $medians = array_map(fn (array $values): float => median($values), $by_handler);
        foreach ($handlers as $handler) {
            echo cell($medians[$handler] ?? null, $medians[BASELINE] ?? null, $handler === BASELINE);
        }
        echo "\n";
    }
}
echo "\n";
