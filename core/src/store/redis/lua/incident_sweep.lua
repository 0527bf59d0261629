-- incident_sweep: limit -> how many exhibits are gone, and whether the incident is.
local limit, left = tonumber(ARGV[1]), tonumber(redis.call('HGET', cell, 'exhibits') or '0')
local gone = math.min(limit, left)
for number = left - gone + 1, left do
	local name = decimal(number)
	redis.call('HDEL', cell, name .. 'at', name .. 'head', name .. 'meta', name .. 'payload')
end
if gone < left or gone == limit then
	redis.call('HSET', cell, 'exhibits', decimal(left - gone))
	return { gone, 0 }
end
redis.call('DEL', cell)
return { gone, 1 }
