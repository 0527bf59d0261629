-- elevate: new row with its cap..., then what the old one is. Either half may be missing where the rows are in different cells: the cell of
-- the new row gets the first half, the cell of the old row the second.
-- 'check' at unbound              the old row must be alive and unbound at no other time
-- 'save' change...                it is frozen
-- 'insert' row...                 it is remembered
-- '-'                             it is elsewhere
-- then, for the old row: kin most_superseded most_snapshots family
local has_new = ARGV[1] ~= NONE
local cap_over = tonumber(ARGV[CAP + 6])
local first = CAP + 7 + cap_over
local kind = ARGV[first]
local new = has_new and words(ARGV[2])
local answer = { 1, false, false, false, false }

local there = has_new and row_at(ARGV[1])
if there and there[BY] == new[BY] then
	-- This very elevation has happened.
	local old = kind ~= NONE and row_at(resolve(ARGV[first + 1]))
	answer[2] = old and old[VERSION]
	return answer
end
if has_new and not is_free(ARGV[1]) then
	return { 0 }
end

-- What is written to the old row is known before anything is written at all.
local old, old_at, again, last
if kind == 'check' then
	old_at, last = resolve(ARGV[first + 1]), first + 3
	old = row_at(old_at)
	if not old or old[WHY] ~= NONE or (old[UNBOUND] ~= NONE and old[UNBOUND] ~= ARGV[first + 2]) then
		return { 0 }
	end
elseif kind == 'save' then
	old_at, last = ARGV[first + 1], first + 10
	old, again = changed(first + 1)
	if not old or old_at == ARGV[1] then
		return { 0 }
	end
elseif kind == 'insert' then
	old_at, last = ARGV[first + 1], first + 6
	old = words(ARGV[first + 2])
	local before = row_at(old_at)
	again = before and before[BY] == old[BY]
	if old_at == ARGV[1] or not (again or is_free(old_at)) then
		return { 0 }
	end
else
	last = first + 1
end

local evicted
if has_new then
	local room
	local left = kind == 'check' and NONE or old_at or NONE
	room, evicted = make_room(new, left)
	if not room then
		return { 2 }
	end
end

local moved = {}
if old and kind ~= 'check' and not again then
	local latest = 0
	local kin, relatives = {}, {}
	add_kin(kin, old)
	for partition in string.gmatch(ARGV[last], '%x+') do
		kin[partition] = true
	end
	for at, row in pairs(rows()) do
		if row[FAMILY] == old[FAMILY] and row[SUPERSEDED] ~= NONE then
			latest = math.max(latest, tonumber(row[SUPERSEDED]))
		end
	end
	old[SUPERSEDED] = decimal(latest + 1)
	old[KIN] = table.concat(list_of(kin), ',')
	if old[KIN] == '' then
		old[KIN] = NONE
	end
	if kind == 'save' then
		grow(old)
		moved = write(old, first + 1, true) or {}
	else
		insert(first + 1)
		old[KEPT] = lasting(old[DELETE])
		put(old_at, old)
	end
	if new and old[KIN] ~= NONE and new[FAMILY] == old[FAMILY] then
		new[KIN] = old[KIN]
		ARGV[2] = table.concat(new, ' ')
	end
end
if has_new then
	insert(1)
end

-- The family keeps its first row, the latest superseded ones, and the payloads of the very latest.
local gone = {}
if old and kind ~= 'check' then
	local superseded = {}
	for at, row in pairs(rows()) do
		if row[FAMILY] == ARGV[last + 3] and row[SUPERSEDED] ~= NONE then
			superseded[#superseded + 1] = { tonumber(row[SUPERSEDED]), at, row }
		end
	end
	table.sort(superseded, function(one, other)
		return one[1] > other[1]
	end)
	for i, entry in ipairs(superseded) do
		if i > tonumber(ARGV[last + 1]) and i < #superseded then
			delete_row(entry[2], entry[3])
			gone[#gone + 1] = entry[3][ID]
		elseif i > tonumber(ARGV[last + 2]) and redis.call('HEXISTS', cell, entry[2] .. 'p') == 1 then
			erase_row(entry[2], entry[3], moved)
		end
	end
end
return { 1, old and old[VERSION] or '0', moved, gone, evicted or false }
