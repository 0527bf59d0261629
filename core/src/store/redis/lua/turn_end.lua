-- turn_end: token -> whether it was ours.
if string.match(redis.call('HGET', cell, 'lease') or '', '^(%S+) ') == ARGV[1] then
	return redis.call('HDEL', cell, 'lease')
end
return 0
