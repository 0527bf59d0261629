-- turn_take: what the watch was thought to be, what it is now, token, lease -> whether the turn is taken.
local now = millis()
local ends = string.match(redis.call('HGET', cell, 'lease') or '', ' (%d+)$')
if (ends and tonumber(ends) > now) or (redis.call('HGET', cell, 'watch') or NONE) ~= ARGV[1] then
	return 0
end
redis.call('HSET', cell, 'watch', ARGV[2], 'lease', ARGV[3] .. ' ' .. decimal(now + tonumber(ARGV[4])))
redis.call('PEXPIRE', cell, 2592000000)
return 1
