-- What every script knows of a cell: the hash that holds all rows and pointers of one partition. See ../cell.rs for its fields.
local cell = KEYS[1]
local VERSION, BY, WHY, ENDED, COOKIE, UNBOUND, ERASE, DELETE, INDEXED, KEPT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local FAMILY, GENERATION, SUBJECT, PREFIX, SUPERSEDED, LEFT, KIN, ID = 11, 12, 13, 14, 15, 16, 17, 18
local NONE = '-'
-- A cell outlives what is in it by a day, for clocks that disagree; and nothing is kept for ever.
local SLACK, LONGEST = 86400000, 315360000000

local function words(text)
	local list = {}
	for word in string.gmatch(text, '%S+') do
		list[#list + 1] = word
	end
	return list
end

local function row_at(at)
	local head = redis.call('HGET', cell, at)
	return head and words(head)
end

local function put(at, row)
	redis.call('HSET', cell, at, table.concat(row, ' '))
end

local function millis()
	local time = redis.call('TIME')
	return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Numbers are doubles here: those that go back into a row are written without exponent.
local function decimal(number)
	return string.format('%.0f', number)
end

-- Where the pointer at `at` leads, and what is sealed in it.
local function pointer_at(at)
	local pointer = redis.call('HGET', cell, at .. '>')
	if pointer then
		local target, _, start = string.match(pointer, '^(%x+) (%S+) ()')
		return target, string.sub(pointer, start)
	end
end

-- The place of what `at` leads to, which may be nothing.
local function resolve(at)
	if redis.call('HEXISTS', cell, at) == 1 then
		return at
	end
	return pointer_at(at) or at
end

local function is_free(at)
	return redis.call('HEXISTS', cell, at) == 0 and redis.call('HEXISTS', cell, at .. '>') == 0
end

-- When the sweeper has to look at a row.
local function next_due(row)
	local delete = tonumber(row[DELETE])
	if row[ERASE] == NONE then
		return delete
	end
	return math.min(tonumber(row[ERASE]), delete)
end

-- Rows in the order of eviction: what is left over, visitors, what was elevated; and what is bound, which is not evicted.
local function score(row)
	local class = 1
	if row[SUBJECT] ~= NONE then
		class = 3
	elseif row[LEFT] ~= NONE then
		class = 0
	elseif row[GENERATION] ~= '0' then
		class = 2
	end
	return decimal(class * 2 ^ 50 + math.min(math.max(next_due(row), 0), 2 ^ 49))
end

-- Until when a cell has to last that has a row which may be deleted at `delete`.
local function lasting(delete)
	local now = millis()
	return decimal(math.min(math.max(tonumber(delete), now), now + LONGEST) + SLACK)
end

-- Sees to it that the cell, which is there, lasts until then. To be called after something has been written: an expiry is the one thing that a server
-- without memory accepts, and then it would accept the rest of the script.
local function keep(wanted)
	local left = redis.call('PTTL', cell)
	if left < 0 or millis() + left < tonumber(wanted) then
		redis.call('PEXPIREAT', cell, wanted)
	end
end

-- Whether nobody but the holder of `token` has the lease of `at`. Writers that need no lease say '*'.
local function fenced(at, token)
	if token == '*' then
		return true
	end
	local lease = redis.call('HGET', cell, at .. 'l')
	local holder, ends = string.match(lease or NONE, '^(%S+) (%S+)')
	return not holder or holder == token or (ends ~= NONE and tonumber(ends) <= millis())
end

-- The changed row of a change, from ARGV[first] on: at, version, by, token, erase, delete, meta, then '+' and the payload or '-' and nothing.
-- nil: the row is not as the writer knows it. The second answer says that this very change has been made before.
local function changed(first)
	local at, by = ARGV[first], ARGV[first + 2]
	local row = row_at(at)
	if not row then
		return nil
	end
	if row[BY] == by then
		return row, true
	end
	if row[VERSION] ~= ARGV[first + 1] or row[WHY] ~= NONE or not fenced(at, ARGV[first + 3]) then
		return nil
	end
	row[BY], row[ERASE], row[DELETE] = by, ARGV[first + 4], ARGV[first + 5]
	return row
end

local function grow(row)
	row[VERSION] = decimal(tonumber(row[VERSION]) + 1)
end

-- Writes a changed row. Answers its name and its score if the index says a later time than the row does.
local function write(row, first, with_payload)
	local at, due, moved = ARGV[first], next_due(row), false
	if row[INDEXED] == NONE or due < tonumber(row[INDEXED]) then
		row[INDEXED] = decimal(due)
		moved = { row[ID], score(row) }
	end
	row[KEPT] = lasting(row[DELETE])
	local head = table.concat(row, ' ')
	if with_payload and ARGV[first + 7] == '+' then
		redis.call('HSET', cell, at, head, at .. 'm', ARGV[first + 6], at .. 'p', ARGV[first + 8])
	else
		redis.call('HSET', cell, at, head, at .. 'm', ARGV[first + 6])
	end
	keep(row[KEPT])
	return moved
end
