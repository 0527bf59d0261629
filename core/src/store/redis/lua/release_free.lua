-- A lease that nobody waits for, before anything else.
if #ARGV == 2 then
	local at = ARGV[1]
	local found = redis.call('HMGET', KEYS[1], at, at .. 'l', at .. 'q')
	if found[1] and not found[3] and string.match(found[2] or '', '^%S+') == ARGV[2] then
		local given_back = redis.pcall('HSET', KEYS[1], at .. 'l', '-')
		if type(given_back) == 'table' then
			-- A server without memory still deletes.
			redis.call('HDEL', KEYS[1], at .. 'l')
		end
		return { false }
	end
end
