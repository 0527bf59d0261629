-- unlist: member score -> whether it was there with this score.
if redis.call('ZSCORE', cell, ARGV[1]) == ARGV[2] then
	return redis.call('ZREM', cell, ARGV[1])
end
return 0
