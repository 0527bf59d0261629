-- reach: which... -> rows that have not ended, each as at, head, meta, payload; families; kin.
local found, families, kin = meant(1)
local list = {}
for at, row in pairs(found) do
	if row[WHY] == NONE then
		local rest = redis.call('HMGET', cell, at, at .. 'm', at .. 'p')
		list[#list + 1] = { at, rest[1], rest[2], rest[3], false }
	end
end
return { list, families, kin }
