-- device_save: name version sealed -> the version that it has now, or nothing.
local device = device_at(ARGV[1])
if not device then
	return false
end
local next_version = decimal(tonumber(device.version) + 1)
if device.version ~= ARGV[2] then
	-- The same write, sent twice, has been made once.
	local is_ours = device.version == decimal(tonumber(ARGV[2]) + 1) and device.sealed == ARGV[3]
	return is_ours and device.version or false
end
redis.call('HSET', cell, 'd' .. ARGV[1], next_version .. ' ' .. device.subject .. ' ' .. device.delete .. ' ' .. ARGV[3])
return next_version
