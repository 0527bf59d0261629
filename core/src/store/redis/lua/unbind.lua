-- unbind: as end, but what nobody has superseded goes on, bound to nobody.
local found, families, kin = meant(1)
local count, moved = 0, {}
for at, row in pairs(found) do
	if row[WHY] == NONE then
		count = count + 1
		if row[SUPERSEDED] ~= NONE then
			end_row(at, row, ARGV[5], ARGV[6], ARGV[7], ARGV[8], false, moved)
		else
			grow(row)
			row[SUBJECT], row[UNBOUND] = NONE, ARGV[6]
			put_moved(at, row, moved)
		end
	end
end
forget_devices(ARGV[10], ARGV[11])
return { count, moved, families, kin }
