-- incident_keep: until, head, sealed, then for each exhibit its place, head, metadata, '+' and the payload or '-' and nothing. An incident that is
-- there already stays as it is.
if redis.call('EXISTS', cell) == 1 then
	return 0
end
local fields = { 'head', ARGV[2], 'sealed', ARGV[3], 'exhibits', decimal((#ARGV - 3) / 5) }
for i = 4, #ARGV, 5 do
	local number = decimal((i + 1) / 5)
	for offset, suffix in ipairs({ 'at', 'head', 'meta' }) do
		fields[#fields + 1] = number .. suffix
		fields[#fields + 1] = ARGV[i + offset - 1]
	end
	if ARGV[i + 3] == '+' then
		fields[#fields + 1] = number .. 'payload'
		fields[#fields + 1] = ARGV[i + 4]
	end
end
redis.call('HSET', cell, unpack(fields))
keep(lasting(ARGV[1]))
return 1
