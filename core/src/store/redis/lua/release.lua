-- release: at token [at token ...] -> whom to wake, for each.
local woken = {}
for i = 1, #ARGV, 2 do
	-- The row may have moved: its lease goes with it.
	woken[#woken + 1] = release(resolve(ARGV[i]), ARGV[i + 1])
end
return woken
