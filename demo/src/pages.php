<?php
declare(strict_types=1);

// One function per route.

function show_home(): void
{
    $greeting = current_user() === null
        ? 'You are browsing as a guest; the cart is yours all the same.'
        : 'Welcome back, ' . e(display_name((string) current_user())) . '.';
    render(200, 'Good evening', <<<HTML
        <p class="lead">$greeting</p>
        <ul class="cards">
          <li><a href="/shop"><b>Shop</b><span>Fill a cart as a guest, log in, and keep it.</span></a></li>
          <li><a href="/counter"><b>Counter</b><span>One more with every visit.</span></a></li>
          <li><a href="/slow"><b>A slow page</b><span>Counts too, but takes two seconds over it.</span></a></li>
          <li><a href="/account"><b>Account</b><span>Only for those who are logged in.</span></a></li>
        </ul>
        <p><button data-parallel="/slow?ms=200" data-times="5">Five slow requests at once</button>
           <output></output></p>
        HTML);
}

function show_counter(): void
{
    $_SESSION['counter'] = ($_SESSION['counter'] ?? 0) + 1;
    render_counter();
}

/** Reads, waits, writes: without locking, parallel requests would overwrite each other's result. */
function show_slow(): void
{
    $before = $_SESSION['counter'] ?? 0;
    $wanted = is_string($_GET['ms'] ?? null) ? (int) $_GET['ms'] : 2000;
    usleep(1000 * max(0, min(5000, $wanted)));
    $_SESSION['counter'] = $before + 1;
    render_counter();
}

function render_counter(): void
{
    $count = e($_SESSION['counter']);
    render(200, 'Counter', <<<HTML
        <p class="big" data-counter="$count">$count</p>
        <p><a class="button" href="/counter">Once more</a></p>
        HTML);
}

function show_shop(): void
{
    $csrf = csrf_field();
    $rows = '';
    foreach (PRODUCTS as $id => $product) {
        $quantity = $_SESSION['cart'][$id] ?? 0;
        $rows .= '<tr><td>' . e($product['name']) . '</td><td>' . e(price($product['cents'])) . '</td>'
            . '<td>' . ($quantity > 0 ? '× ' . e($quantity) : '') . '</td>'
            . '<td><form method="post" action="/shop/add">' . $csrf
            . '<button name="item" value="' . e($id) . '">Add</button></form></td></tr>';
    }
    $total = e(price(cart_total()));
    $note = e($_SESSION['note'] ?? '');
    render(200, 'Shop', <<<HTML
        <table>$rows<tr class="total"><td>Your cart</td><td>$total</td><td></td>
          <td><form method="post" action="/shop/empty">$csrf<button class="link">Empty</button></form></td></tr></table>
        <form method="post" action="/shop/note" class="stack">$csrf
          <label>A note for the parcel <input name="note" maxlength="200" value="$note"></label>
          <button>Keep</button>
        </form>
        HTML);
}

function add_to_cart(): void
{
    check_csrf();
    $item = field('item');
    if (isset(PRODUCTS[$item])) {
        $_SESSION['cart'][$item] = ($_SESSION['cart'][$item] ?? 0) + 1;
        flash(PRODUCTS[$item]['name'] . ' is in your cart.');
    }
    redirect('/shop');
}

function save_note(): void
{
    check_csrf();
    $_SESSION['note'] = substr(field('note'), 0, 200);
    redirect('/shop');
}

function empty_cart(): void
{
    check_csrf();
    unset($_SESSION['cart'], $_SESSION['note']);
    redirect('/shop');
}

function show_login(string $error = '', int $status = 200): void
{
    [$csrf, $options] = [csrf_field(), login_options()];
    $message = $error === '' ? '' : '<p class="error">' . e($error) . '</p>';
    render($status, 'Log in', <<<HTML
        $message
        <form method="post" action="/login" class="stack">$csrf
          <label>User <input name="user" autocomplete="username" required autofocus></label>
          <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
          $options
          <button>Log in</button>
        </form>
        <p class="hint">alice / wonderland, or bob / builder</p>
        HTML);
}

function log_in(): void
{
    check_csrf();
    $user = field('user');
    if (!password_fits($user, field('password'))) {
        show_login('That user and that password do not belong together.', 401);
        return;
    }
    session_regenerate_id();
    unset($_SESSION['csrf']);
    $_SESSION['user'] = $user;
    flash('You are logged in.');
    redirect('/account');
}

function log_out(): void
{
    check_csrf();
    $_SESSION = [];
    session_destroy();
    redirect('/');
}

function show_account(): void
{
    $user = current_user();
    if ($user === null) {
        redirect('/login');
    }
    $rows = '';
    foreach (['Name' => display_name($user), 'In the cart' => cart_count(), 'Counter' => $_SESSION['counter'] ?? 0] as $label => $value) {
        $rows .= '<tr><td>' . e($label) . '</td><td>' . e($value) . '</td></tr>';
    }
    render(200, 'Account', "<table>$rows</table>");
}
