-- Pointers to a row.

-- All of them, as { made, at }.
local function pointers_to(target)
	local list = {}
	for _, field in ipairs(redis.call('HKEYS', cell)) do
		if #field == 21 and string.sub(field, 21) == '>' then
			local to, made = string.match(redis.call('HGET', cell, field), '^(%x+) (%S+) ')
			if to == target then
				list[#list + 1] = { tonumber(made), string.sub(field, 1, 20) }
			end
		end
	end
	return list
end

-- Adds a pointer, and drops others where there are too many: the oldest and the newest stay.
local function point(at, target, made, sealed, most)
	redis.call('HSET', cell, at .. '>', target .. ' ' .. made .. ' ' .. sealed)
	local others = {}
	for _, pointer in ipairs(pointers_to(target)) do
		if pointer[2] ~= at then
			others[#others + 1] = pointer
		end
	end
	table.sort(others, function(one, other)
		return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])
	end)
	for i = 2, #others + 2 - most do
		redis.call('HDEL', cell, others[i][2] .. '>')
	end
end
