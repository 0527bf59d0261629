-- origin: place -> whether there is a row whose first place it was.
local row = row_at(redis.call('HGET', cell, ARGV[1] .. 'o') or ARGV[1])
return row and row[ORIGIN] == ARGV[1] and 1 or 0
