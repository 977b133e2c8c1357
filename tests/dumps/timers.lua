-- A callback dies while others wait: who armed it, and what is still pending.
--? => attempt to perform arithmetic on a nil value (field 'total')
--? => timers.lua:16
--? pending => timer
--? pending => timers.lua:11
--? recorder => timer
--? queue => queue
--? coroutines => suspended
local uv = require "uv"

local function later(ms, f) local timer = uv.new_timer() timer:start(ms, 0, f) return timer end

local basket = {items = 3}
local worker = coroutine.wrap(function() local reason = "payment" coroutine.yield() return reason end)
worker()
later(20, function() basket.total = basket.total + 1 end)
later(60000, function() worker() end)
uv.run()
