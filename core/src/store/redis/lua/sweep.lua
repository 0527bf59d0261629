-- sweep: now evict, then name and score in the index, as often as there are rows -> for each: 0 it is gone, 1 deleted, 2 evicted, or its score now.
local now, evict = tonumber(ARGV[1]), ARGV[2] == '1'
local answers = {}
for i = 3, #ARGV, 2 do
	local at = redis.call('HGET', cell, ARGV[i] .. 'o')
	local row = at and row_at(at)
	local answer
	if not row or row[ID] ~= ARGV[i] then
		answer = 0
	elseif tonumber(row[DELETE]) <= now then
		delete_row(at, row)
		answer = 1
	elseif row[ERASE] ~= NONE and tonumber(row[ERASE]) <= now then
		erase_row(at, row, {})
		answer = score(row)
	elseif evict and row[SUBJECT] == NONE and score(row) == ARGV[i + 1] then
		delete_row(at, row)
		answer = 2
	else
		row[INDEXED] = decimal(next_due(row))
		put(at, row)
		answer = score(row)
	end
	answers[#answers + 1] = answer
end
return answers
