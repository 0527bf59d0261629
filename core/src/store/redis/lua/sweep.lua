-- sweep: now evict, then origin and score in the index, as often as there are rows -> for each: 0 it is gone, 1 deleted, 2 evicted, or its score now.
local now, evict = tonumber(ARGV[1]), ARGV[2] == '1'
local answers = {}
for i = 3, #ARGV, 2 do
	local origin = ARGV[i]
	local at = redis.call('HGET', cell, origin .. 'o') or origin
	local row = row_at(at)
	local answer
	if not row or row[ORIGIN] ~= origin then
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
