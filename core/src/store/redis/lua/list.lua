-- list: 'subject' or 'prefix', tag -> rows that carry it and have not ended.
local column = ARGV[1] == 'subject' and SUBJECT or PREFIX
local list = {}
for at, row in pairs(rows()) do
	if row[column] == ARGV[2] and row[WHY] == NONE then
		local rest = redis.call('HMGET', cell, at, at .. 'm', at .. 'p')
		list[#list + 1] = { at, rest[1], rest[2], rest[3], false }
	end
end
return list
