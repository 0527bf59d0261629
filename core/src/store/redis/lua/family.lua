-- What happens to several rows of a cell at once.

-- All rows, as place -> row.
local function rows()
	local list = {}
	for _, field in ipairs(redis.call('HKEYS', cell)) do
		if #field == 20 then
			list[field] = row_at(field)
		end
	end
	return list
end

-- A set as a list.
local function list_of(set)
	local list = {}
	for member in pairs(set) do
		list[#list + 1] = member
	end
	return list
end

-- The cells where a row has relatives.
local function add_kin(set, row)
	for partition in string.gmatch(row[KIN], '%x+') do
		set[partition] = true
	end
end

-- Writes a row whose place in the index has changed; the answer is for the index.
local function put_moved(at, row, list)
	row[INDEXED], row[KEPT] = decimal(next_due(row)), lasting(row[DELETE])
	put(at, row)
	keep(row[KEPT])
	list[#list + 1] = row[ID]
	list[#list + 1] = score(row)
end

-- Whether the row had not ended before.
local function end_row(at, row, why, when, cookie, delete, keep_payload, moved)
	if row[WHY] ~= NONE then
		return false
	end
	grow(row)
	row[WHY], row[ENDED], row[COOKIE], row[ERASE], row[DELETE], row[LEFT] = why, when, cookie, NONE, delete, '1'
	if not keep_payload then
		redis.call('HDEL', cell, at .. 'p')
	end
	put_moved(at, row, moved)
	return true
end

local function erase_row(at, row, moved)
	if redis.call('HDEL', cell, at .. 'p') == 1 then
		grow(row)
	end
	row[ERASE], row[LEFT] = NONE, '1'
	put_moved(at, row, moved)
end

local function delete_row(at, row)
	for _, pointer in ipairs(pointers_to(at)) do
		redis.call('HDEL', cell, pointer[2] .. '>')
	end
	redis.call('HDEL', cell, at, at .. 'm', at .. 'p', row[ID] .. 'o')
end

-- Inserts the row of ARGV[first...]: at, head, meta, '+' and the payload or '-' and nothing.
local function insert(first)
	local at, row = ARGV[first], words(ARGV[first + 1])
	redis.call('HSET', cell, at .. 'm', ARGV[first + 2], row[ID] .. 'o', at)
	if ARGV[first + 3] == '+' then
		redis.call('HSET', cell, at .. 'p', ARGV[first + 4])
	end
	row[KEPT] = lasting(row[DELETE])
	put(at, row)
	keep(row[KEPT])
end

-- Rows that a cell keeps. Whoever logs in again and again leaves tombstones, and scripts that look at all rows stand in everybody's way.
local MOST_ROWS = 512

-- Deletes what ended first of a user's rows where there are too many: their IDs are of the class that is denied without a row as well.
-- Answers the names of those that are gone.
local function thin(all)
	local count, over, gone = 0, {}, {}
	for at, row in pairs(all) do
		count = count + 1
		if row[WHY] ~= NONE and row[SUBJECT] ~= NONE then
			over[#over + 1] = { tonumber(row[ENDED]), at, row }
		end
	end
	table.sort(over, function(one, other)
		return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])
	end)
	for i = 1, math.min(count - MOST_ROWS, #over) do
		delete_row(over[i][2], over[i][3])
		gone[i] = over[i][3][ID]
	end
	return gone
end

-- The cap of a new row is in the arguments after its five: most, now, then why, when, cookie and delete of what is evicted or four times '-',
-- then how many places are over, and these. `left` is the place of the row that it supersedes. Answers whether there is room, and the
-- families that were evicted with the cells where they have relatives, and what is gone.
local CAP = 6
local function make_room(new, left)
	local most = ARGV[CAP]
	if new[SUBJECT] == NONE or most == NONE then
		return true, {}
	end
	local now, over = tonumber(ARGV[CAP + 1]), {}
	for i = 1, tonumber(ARGV[CAP + 6]) do
		over[ARGV[CAP + 6 + i]] = true
	end
	local all, live = rows(), {}
	for at, row in pairs(all) do
		local counts = row[SUBJECT] == new[SUBJECT] and row[WHY] == NONE and row[SUPERSEDED] == NONE
		if counts and tonumber(row[DELETE]) > now and at ~= left and not over[at] then
			live[#live + 1] = { tonumber(row[DELETE]), at, row[FAMILY] }
		end
	end
	table.sort(live, function(one, other)
		return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])
	end)
	local excess = #live + 1 - tonumber(most)
	if ARGV[CAP + 2] == NONE then
		if excess > 0 then
			return false, {}
		end
		return true, { {}, {}, {}, thin(all) }
	end
	local kin, families, moved = {}, {}, {}
	for i = 1, math.min(excess, #live) do
		local _, first, family = unpack(live[i])
		for at, row in pairs(all) do
			if at == first or (row[FAMILY] == family and family ~= new[FAMILY]) then
				end_row(at, row, ARGV[CAP + 2], ARGV[CAP + 3], ARGV[CAP + 4], ARGV[CAP + 5], false, moved)
				add_kin(kin, row)
			end
		end
		if family ~= new[FAMILY] then
			families[family] = true
		end
	end
	return true, { moved, list_of(families), list_of(kin), thin(all) }
end
