<?php
declare(strict_types=1);

// Who may log in. A real application would have a table; the hashes come from password_hash().

const USERS = [
    'alice' => ['name' => 'Alice Liddell', 'hash' => '$2y$10$tUMrHg4LSaZchZHgrGGlCurEwA9Q5.sHd/tkgggxKzgnUyBim3jJ.'],
    'bob' => ['name' => 'Bob Builder', 'hash' => '$2y$10$NGzyw8Bzc4Zf5MYC1woDSeOHu/SC9TGh.7KubzvsAF57Ww.mm3u.O'],
];

function password_fits(string $user, string $password): bool
{
    // Somebody who does not exist takes as long to refuse as a wrong password.
    $hash = USERS[$user]['hash'] ?? USERS['alice']['hash'];

    return password_verify($password, $hash) && isset(USERS[$user]);
}

function current_user(): ?string
{
    return $_SESSION['user'] ?? null;
}

function display_name(string $user): string
{
    return USERS[$user]['name'];
}
