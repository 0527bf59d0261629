-- load: at -> row, or nothing.
local at, sealed = ARGV[1], false
local found = redis.call('HMGET', cell, at, at .. 'm', at .. 'p')
if not found[1] then
	at, sealed = pointer_at(at)
	if not at then
		return false
	end
	found = redis.call('HMGET', cell, at, at .. 'm', at .. 'p')
	if not found[1] then
		return false
	end
end
return { at, found[1], found[2], found[3], sealed }
