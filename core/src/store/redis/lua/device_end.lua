-- device_end: name or '-', subject, over -> how many are gone. With a time in `over` only what is over then.
if ARGV[1] == NONE then
	return forget_devices('own', ARGV[2])
end
local device = device_at(ARGV[1])
if device and (ARGV[3] == NONE or tonumber(device.delete) <= tonumber(ARGV[3])) then
	return redis.call('HDEL', cell, 'd' .. ARGV[1])
end
return 0
