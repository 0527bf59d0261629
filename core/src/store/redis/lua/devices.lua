-- Remembered devices: fields `d` and the name in the cell of their user, as `version by subject delete sealed`.
local function device_at(name)
	local device = redis.call('HGET', cell, 'd' .. name)
	if device then
		local version, by, subject, delete, start = string.match(device, '^(%d+) (%x+) (%x+) (%S+) ()')
		return {
			name = name, version = version, by = by, subject = subject, delete = delete, sealed = string.sub(device, start)
		}
	end
end

local function devices_of(subject)
	local list = {}
	for _, field in ipairs(redis.call('HKEYS', cell)) do
		if #field == 33 then
			local device = device_at(string.sub(field, 2))
			if subject == NONE or device.subject == subject then
				list[#list + 1] = device
			end
		end
	end
	return list
end

-- `which`: '-' none, 'all' those of everybody in the cell, 'own' those of `subject`, or the name of the one of these that stays.
local function forget_devices(which, subject)
	local count = 0
	if which ~= NONE then
		for _, device in ipairs(devices_of(which == 'all' and NONE or subject)) do
			if device.name ~= which then
				count = count + redis.call('HDEL', cell, 'd' .. device.name)
			end
		end
	end
	return count
end
