-- create: row... -> what came of it, and whom the cap evicts elsewhere.
local at = ARGV[1]
local there = row_at(at)
if there and there[BY] == words(ARGV[2])[BY] then
	return { 1 }
end
if not is_free(at) then
	return { 3 }
end
local new = words(ARGV[2])
local room, evicted = make_room(new, NONE)
if not room then
	return { 2 }
end
insert(1)
return { 1, evicted }
