-- Leases and queues. A lease is `token until since who`. It is until `-` if it was taken without a script, which would have known the time: it ends when it
-- has been in somebody's way for long enough. Those who wait stand in the queue as `token,alive until,who`.
local HAND_OVER = 2000

local function lease_of(at, now)
	local lease = redis.call('HGET', cell, at .. 'l')
	local token, ends, since, who = string.match(lease or NONE, '^(%S+) (%S+) (%d+) (%S+)')
	if token and (ends == NONE or tonumber(ends) > now) then
		return { token = token, ends = tonumber(ends), since = tonumber(since), who = who }
	end
end

-- Those who wait and have shown lately that they live.
local function queue_of(at, now)
	local queue = {}
	for token, alive, who in string.gmatch(redis.call('HGET', cell, at .. 'q') or '', '([^,%s]+),(%d+),(%S+)') do
		if tonumber(alive) > now then
			queue[#queue + 1] = { token = token, alive = alive, who = who }
		end
	end
	return queue
end

local function put_queue(at, queue)
	if #queue == 0 then
		redis.call('HDEL', cell, at .. 'q')
		return
	end
	local list = {}
	for i, waiter in ipairs(queue) do
		list[i] = waiter.token .. ',' .. waiter.alive .. ',' .. waiter.who
	end
	redis.call('HSET', cell, at .. 'q', table.concat(list, ' '))
end

local function put_lease(at, lease)
	redis.call('HSET', cell, at .. 'l', lease.token .. ' ' .. decimal(lease.ends) .. ' ' .. decimal(lease.since) .. ' ' .. lease.who)
end

local function grant(at, token, who, now, span)
	put_lease(at, { token = token, ends = now + span, since = now, who = who })
	-- A cell that has nothing but this goes with it.
	if redis.call('PTTL', cell) < span and redis.call('HLEN', cell) <= 2 then
		redis.call('PEXPIRE', cell, decimal(span * 2))
	end
end

-- Gives the lease back, to the first of those who wait. Answers who is to be woken.
local function release(at, token)
	local now = millis()
	local lease = lease_of(at, now)
	if lease and lease.token ~= token then
		return false
	end
	local queue = queue_of(at, now)
	local next_one = table.remove(queue, 1)
	if not next_one then
		redis.call('HDEL', cell, at .. 'l', at .. 'q')
		return false
	end
	put_queue(at, queue)
	grant(at, next_one.token, next_one.who, now, HAND_OVER)
	return next_one.token
end
