-- look: at -> place and head of what it leads to, or nothing.
local at = resolve(ARGV[1])
local head = redis.call('HGET', cell, at)
return head and { at, head }
