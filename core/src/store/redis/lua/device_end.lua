-- device_end: name or '-', subject, over -> how many are gone; 2 for one that is not over at the time in `over`, if there is one.
if ARGV[1] == NONE then
	return forget_devices('own', ARGV[2])
end
local device = device_at(ARGV[1])
if device and ARGV[3] ~= NONE and tonumber(device.delete) > tonumber(ARGV[3]) then
	return 2
end
return redis.call('HDEL', cell, 'd' .. ARGV[1])
