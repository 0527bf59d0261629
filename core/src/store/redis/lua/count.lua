-- count -> rows, rows that are bound to nobody, pointers.
local count, unbound, pointers = 0, 0, 0
for _, field in ipairs(redis.call('HKEYS', cell)) do
	if #field == 20 then
		count = count + 1
		if row_at(field)[SUBJECT] == NONE then
			unbound = unbound + 1
		end
	elseif #field == 21 and string.sub(field, 21) == '>' then
		pointers = pointers + 1
	end
end
return { count, unbound, pointers }
