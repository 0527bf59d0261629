-- Which rows of a cell an ending or an alarm means. The arguments from `first` on:
-- 'family' family at up_to_generation     'families' family,family,...
-- 'subject' subject but_family            'all' (all with two more, which may be '-')
-- Answers them as place -> row, the families that are meant as wholes, and the cells where they have relatives.
local function meant(first)
	local kind, one, two, three = ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3]
	local all, found, families, kin = rows(), {}, {}, {}
	if kind == 'families' then
		for family in string.gmatch(one, '%x+') do
			families[family] = true
		end
	elseif kind == 'subject' then
		for _, row in pairs(all) do
			if row[SUBJECT] == one and row[FAMILY] ~= two then
				families[row[FAMILY]] = true
			end
		end
	end
	local start = kind == 'family' and two ~= NONE and resolve(two)
	for at, row in pairs(all) do
		local is_meant = kind == 'all' or families[row[FAMILY]]
		local is_kin = is_meant
		if kind == 'family' and row[FAMILY] == one then
			is_meant, is_kin = at == start or tonumber(row[GENERATION]) <= tonumber(three), true
		end
		if is_meant then
			found[at] = row
		end
		if is_kin then
			add_kin(kin, row)
		end
	end
	return found, list_of(families), list_of(kin)
end
