-- unname: value -> whether the key had it, and is gone.
if redis.call('GET', cell) == ARGV[1] then
	return redis.call('DEL', cell)
end
return 0
