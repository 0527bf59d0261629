-- discard: at by -> whether the row was there. Takes back the new row of an elevation whose old row was not as it should be.
local row = row_at(ARGV[1])
if not row or row[BY] ~= ARGV[2] then
	return 0
end
delete_row(ARGV[1], row)
return 1
