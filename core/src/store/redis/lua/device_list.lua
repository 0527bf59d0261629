-- device_list: name or '-', subject -> name, version, sealed of each.
local list = {}
local found = ARGV[1] ~= NONE and { device_at(ARGV[1]) } or ARGV[1] == NONE and devices_of(ARGV[2])
for _, device in ipairs(found) do
	list[#list + 1] = { device.name, device.version, device.sealed }
end
return list
