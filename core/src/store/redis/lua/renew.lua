-- renew: at token lease -> whether it is still held.
local at, now = resolve(ARGV[1]), millis()
local lease = lease_of(at, now)
if not lease or lease.token ~= ARGV[2] then
	return 0
end
lease.ends = now + tonumber(ARGV[3])
put_lease(at, lease)
if redis.call('PTTL', cell) < tonumber(ARGV[3]) * 2 and redis.call('HLEN', cell) <= 2 then
	redis.call('PEXPIRE', cell, tonumber(ARGV[3]) * 2)
end
return 1
