-- A server's memory at the moment of its death: COUNT sessions (a million, if no other number is given), each a
-- table with six fields, with a reference to an earlier session and a ring through all of them. Then an error.
--
-- `cargo xtask sessions` runs it and prints what the dump cost; the benches take the graph from the global.

local count = tonumber((...)) or 1000000
local roles = { "reader", "writer", "owner", "guest", "auditor" }

sessions = {}

local function build()
  local sessions = sessions
  for id = 1, count do
    sessions[id] = {
      id = id,
      -- An odd factor: no two of the 16 bytes are the same for any two sessions.
      name = ("session-%08x"):format(id * 2654435761 & 0xffffffff),
      score = id * 0.25 + 0.125,
      tags = { roles[id % 5 + 1], roles[id % 3 + 1], id % 97 },
      opened_by = sessions[id // 2] or false,
      next = false,
    }
  end
  for id = 1, count do
    sessions[id].next = sessions[id % count + 1]
  end
end

local begin = os.clock()
build()
print(("build %.3f s"):format(os.clock() - begin))

-- The largest resident size so far, where the system tells it.
local status = io.open("/proc/self/status")
if status then
  print(("peak %s kB"):format(status:read("a"):match("VmHWM:%s*(%d+)") or "?"))
  status:close()
end
io.stdout:flush()

error("session " .. sessions[count].next.name .. " has come round")
