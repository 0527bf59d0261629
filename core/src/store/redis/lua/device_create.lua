-- device_create: name subject delete most sealed by -> whether the name was free.
local name, subject, delete = ARGV[1], ARGV[2], ARGV[3]
local before = device_at(name)
if before then
	return before.by == ARGV[6] and 1 or 0
end
local others = devices_of(subject)
table.sort(others, function(one, other)
	local a, b = tonumber(one.delete), tonumber(other.delete)
	return a < b or (a == b and one.name < other.name)
end)
for i = 1, #others + 1 - tonumber(ARGV[4]) do
	redis.call('HDEL', cell, 'd' .. others[i].name)
end
redis.call('HSET', cell, 'd' .. name, '1 ' .. ARGV[6] .. ' ' .. subject .. ' ' .. delete .. ' ' .. ARGV[5])
keep(lasting(delete))
return 1
