-- device_save: name version sealed by -> the version that it has now, or nothing.
local device = device_at(ARGV[1])
if device and device.by == ARGV[4] then
	return device.version
end
if not device or device.version ~= ARGV[2] then
	return false
end
local version = decimal(tonumber(device.version) + 1)
redis.call('HSET', cell, 'd' .. ARGV[1], table.concat({ version, ARGV[4], device.subject, device.delete, ARGV[3] }, ' '))
return version
