-- A callback dies while others wait: who armed it, and what is still pending.
--? => attempt to perform arithmetic on a nil value (field 'total')
--? => timers.lua:18
--? pending => timer
--? pending => timers.lua:12
--? recorder => timer
--? queue => being delivered: timer
--? coroutines => waits for timer
--? verify => The dump is whole and sound
local function later(ms, f)
  local timer = require("uv").new_timer()
  timer:start(ms, 0, f)
end

local basket = {items = 3}
local worker = coroutine.wrap(function() local reason = "payment" coroutine.yield() return reason end)
worker()
local function pay() basket.total = basket.total + 1 end
later(5, function() basket.seen = true; later(20, pay) end)
later(60000, function() worker() end)
--$
--$ stack -v
--$ pending
--$ pending --json
--$ queue
--$ coroutines
