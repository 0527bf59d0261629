-- rotate: change..., successor, made, sealed, most pointers -> as save.
local row, again = changed(1)
if row and again then
	return { 1, row[VERSION], false, false }
end
if not row or not is_free(ARGV[10]) then
	return { 0, false, false, false }
end
grow(row)
local moved = write(row, 1, true)
point(ARGV[10], ARGV[1], ARGV[11], ARGV[12], tonumber(ARGV[13]))
return { 1, row[VERSION], moved, false }
