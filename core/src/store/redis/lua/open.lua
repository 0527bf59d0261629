-- open: at token who lease most_waiters alive may_wait -> that the lease is granted and where the row is, or how long to wait.
local token, who, span = ARGV[2], ARGV[3], tonumber(ARGV[4])
local at = resolve(ARGV[1])

local now = millis()
local lease = lease_of(at, now)
if at ~= ARGV[1] then
	-- Taken where there is no row, before that was known.
	local stray = lease_of(ARGV[1], now)
	if stray and stray.token == token then
		redis.call('HDEL', cell, ARGV[1] .. 'l')
	end
end
if lease and lease.token ~= token and not lease.ends then
	lease.ends = now + span
	put_lease(at, lease)
end
local queue = queue_of(at, now)
local place = #queue + 1
for i, waiter in ipairs(queue) do
	if waiter.token == token then
		place = i
	end
end

if (lease and lease.token == token) or (not lease and place == 1) then
	if queue[place] then
		table.remove(queue, place)
		put_queue(at, queue)
	elseif #queue == 0 and redis.call('HEXISTS', cell, at .. 'q') == 1 then
		put_queue(at, queue)
	end
	grant(at, token, who, now, span)
	return { 1, at }
end

local holder, held_for, left = '-', 0, 0
if lease then
	holder, held_for, left = lease.who, math.max(now - lease.since, 0), lease.ends - now
end
local stays = ARGV[7] == '1'
if stays and not queue[place] and #queue >= tonumber(ARGV[5]) then
	return { 0, at, holder, held_for }
end
if stays then
	queue[place] = { token = token, alive = decimal(now + tonumber(ARGV[6])), who = who }
elseif queue[place] then
	table.remove(queue, place)
end
put_queue(at, queue)
if redis.call('PTTL', cell) == -1 then
	redis.call('PEXPIRE', cell, 60000)
end
return { 2, at, holder, held_for, left, place }
