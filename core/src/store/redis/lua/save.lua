-- save: change..., release, grow -> whether it is written, version, what has moved in the index, whom to wake. The version does not grow for a touch.
local row, again = changed(1)
local answer = { 0, false, false, false }
if row then
	answer[1] = 1
	if not again then
		if ARGV[11] == '1' then
			grow(row)
		end
		answer[3] = write(row, 1, true)
	end
	answer[2] = row[VERSION]
end
if ARGV[10] == '1' then
	answer[4] = release(ARGV[1], ARGV[4])
end
return answer
