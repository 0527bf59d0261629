-- A row that nobody has and nobody waits for, which is nearly every one, before anything else.
do
	local at, token = ARGV[1], ARGV[2]
	local found = redis.call('HMGET', KEYS[1], at .. 'l', at .. 'q')
	-- Where a lease was given back there is a row; where there is none, the place may be a pointer's.
	if found[1] == '-' and not found[2] then
		local time = redis.call('TIME')
		local now = time[1] * 1000 + math.floor(time[2] / 1000)
		redis.call('HSET', KEYS[1], at .. 'l', string.format('%s %.0f %.0f %s', token, now + ARGV[4], now, ARGV[3]))
		return { 1, at }
	end
end
