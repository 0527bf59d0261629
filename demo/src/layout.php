<?php
// Around every page. Has from render(): $title, $body, $user, $flash.
//
// The badge is a fingerprint of the session ID, never the ID itself: it changes when the ID does.
$fingerprint = session_id() === '' ? '' : substr(hash('sha256', session_id()), 0, 8);
?>
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title><?= e($title) ?> · Night Market</title>
  <link rel="stylesheet" href="/app.css">
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <script src="/app.js" defer></script>
</head>
<body>
  <header>
    <a class="brand" href="/">☾ Night Market</a>
    <nav>
      <a href="/shop">Shop<?php if (cart_count() > 0): ?> <b data-cart="<?= e(cart_count()) ?>"><?= e(cart_count()) ?></b><?php endif ?></a>
      <a href="/counter">Counter</a>
<?php if ($user !== null): ?>
      <a href="/account" data-user="<?= e($user) ?>"><?= e(display_name($user)) ?></a>
      <form method="post" action="/logout"><?= csrf_field() ?><button class="link">Log out</button></form>
<?php else: ?>
      <a href="/login">Log in</a>
<?php endif ?>
    </nav>
  </header>
  <main>
<?php if (is_string($flash)): ?>
    <p class="flash"><?= e($flash) ?></p>
<?php endif ?>
    <h1><?= e($title) ?></h1>
    <?= $body ?>

  </main>
  <footer>Session fingerprint <code data-fingerprint="<?= e($fingerprint) ?>"><?= e($fingerprint) ?></code></footer>
</body>
</html>
