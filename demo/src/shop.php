<?php
declare(strict_types=1);

// What there is to buy, and the cart in the session.

const PRODUCTS = [
    'lantern' => ['name' => 'Paper lantern', 'cents' => 1250],
    'map' => ['name' => 'Star map', 'cents' => 890],
    'sextant' => ['name' => 'Brass sextant', 'cents' => 14900],
    'tea' => ['name' => 'Moonlight tea, 100 g', 'cents' => 640],
];

function price(int $cents): string
{
    return '€ ' . number_format($cents / 100, 2);
}

function cart_count(): int
{
    return array_sum($_SESSION['cart'] ?? []);
}

function cart_total(): int
{
    $total = 0;
    foreach ($_SESSION['cart'] ?? [] as $id => $quantity) {
        $total += PRODUCTS[$id]['cents'] * $quantity;
    }

    return $total;
}
