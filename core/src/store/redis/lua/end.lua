-- end: which..., why, when, cookie, delete, keep ('1': the payload of the row that it starts from stays), devices ('-', 'all', or the one
-- that stays), subject -> count, moved in the index, families, kin.
local found, families, kin = meant(1)
local start = ARGV[1] == 'family' and ARGV[3] ~= NONE and resolve(ARGV[3])
local count, moved = 0, {}
for at, row in pairs(found) do
	if end_row(at, row, ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9] == '1' and at == start, moved) then
		count = count + 1
	end
end
forget_devices(ARGV[10], ARGV[11])
return { count, moved, families, kin }
