-- A write that changes nothing but the row, and a lease that nobody waits for, before anything else.
do
	local at, token, release = ARGV[1], ARGV[4], ARGV[10] == '1'
	local found = redis.call('HMGET', KEYS[1], at, at .. 'l', at .. 'q')
	local version, why, past, indexed, kept, rest =
		string.match(found[1] or '', '^(%S+) %S+ (%S+) (%S+ %S+ %S+) %S+ %S+ (%S+) (%S+) (.+)$')
	local is_ours = token == '*' or string.match(found[2] or '', '^%S+') == token
	if version == ARGV[2] and why == '-' and is_ours and not (release and found[3]) then
		local erase, delete = ARGV[5], ARGV[6]
		local due = tonumber(delete)
		if erase ~= '-' then
			due = math.min(due, tonumber(erase))
		end
		-- The cell is kept for half a day longer than this, at least.
		if due >= tonumber(indexed) and tonumber(delete) + 43200000 <= tonumber(kept) then
			if ARGV[11] == '1' then
				version = string.format('%.0f', version + 1)
			end
			local head = table.concat({ version, ARGV[3], why, past, erase, delete, indexed, kept, rest }, ' ')
			local fields = { at, head, at .. 'm', ARGV[7] }
			if ARGV[8] == '+' then
				fields[5], fields[6] = at .. 'p', ARGV[9]
			end
			if release then
				fields[#fields + 1], fields[#fields + 2] = at .. 'l', '-'
			end
			redis.call('HSET', KEYS[1], unpack(fields))
			return { 1, version, false, false }
		end
	end
end
