-- promote: change..., to, made, sealed, most pointers -> as save. The lease and its queue move with the row.
local from, to = ARGV[1], ARGV[10]
local before = row_at(to)
if before and before[BY] == ARGV[3] then
	return { 1, before[VERSION], false, false }
end
local row = changed(1)
if not row or not (is_free(to) or pointer_at(to) == from) then
	return { 0, false, false, false }
end
grow(row)
local moved = write(row, 1, true)
local pointers = pointers_to(from)
for _, suffix in ipairs({ '', 'm', 'p', 'l', 'q' }) do
	local value = redis.call('HGET', cell, from .. suffix)
	if value then
		redis.call('HSET', cell, to .. suffix, value)
		redis.call('HDEL', cell, from .. suffix)
	else
		redis.call('HDEL', cell, to .. suffix)
	end
end
redis.call('HDEL', cell, to .. '>')
for _, pointer in ipairs(pointers) do
	if pointer[2] ~= to then
		local value = redis.call('HGET', cell, pointer[2] .. '>')
		redis.call('HSET', cell, pointer[2] .. '>', to .. string.sub(value, 21))
	end
end
redis.call('HSET', cell, row[ID] .. 'o', to)
point(from, to, ARGV[11], ARGV[12], tonumber(ARGV[13]))
return { 1, row[VERSION], moved, false }
