-- A server in the middle of its day: MIB mebibytes live (1024, if no other number is given), in every shape that a
-- collector can find hard. Each request changes some of it and leaves garbage. `cargo xtask pause` is the client,
-- and times the answers. With "stop" as the second argument nothing is collected: what the machine itself costs.
--
-- A line holds the number of a session; the answer is the new session's name. "quit" ends it.

local uv = require "uv"
local mebibytes, mode = tonumber((...)) or 1024, select(2, ...)

local scale = mebibytes / 1024
local function count_of(whole) return math.max(64, math.floor(whole * scale)) end
local session_count = count_of(1150000)
local chain_length = count_of(1100000)
local number_count = count_of(8000000)
local coroutine_count = count_of(20000)
local weak_count = count_of(200000)
local guarded_count = count_of(20000)
local text_count = count_of(400000)

-- What the program holds: global, so that a dump's reader finds it by name.
sessions, numbers, coroutines, guarded, texts = {}, {}, {}, {}, {}
cache = setmetatable({}, { __mode = "v" })
notes = setmetatable({}, { __mode = "k" })
visits = {}

local serial = 0
local function new_session(id)
  serial = serial + 1
  return {
    id = id,
    name = ("session-%x-%x"):format(serial, id),
    score = id * 0.25,
    tags = { "reader", id % 97 },
    opened_by = sessions[id // 2] or false,
    next = false,
  }
end

local finalized = 0
local guard = { __gc = function() finalized = finalized + 1 end }

local function worker(id)
  local seen, turn = {}, 0
  local function see(session)
    turn = turn % 8 + 1
    seen[turn] = session
  end
  while true do
    see(coroutine.yield(id))
    id = seen[turn].id
  end
end

for id = 1, session_count do sessions[id] = new_session(id) end
for id = 1, session_count do sessions[id].next = sessions[id % session_count + 1] end
for index = 1, number_count do numbers[index] = index end
for index = 1, chain_length do chain = { index = index, rest = chain } end
for index = 1, coroutine_count do
  coroutines[index] = coroutine.wrap(worker)
  coroutines[index](index)
end
for index = 1, weak_count do
  local session = sessions[index % session_count + 1]
  cache[index] = session
  notes[session] = { "seen", session }
end
for index = 0, 63 do visits[index] = setmetatable({}, { __mode = "k" }) end
for index = 1, guarded_count do guarded[index] = setmetatable({ index }, guard) end
for index = 1, text_count do texts[index] = ("%08d"):format(index):rep(10) end

-- Changes the graph around one session.
local function answer(id)
  local session, old = new_session(id), sessions[id]
  session.next = old.next
  sessions[(id - 2) % session_count + 1].next = session
  sessions[id] = session
  cache[id % weak_count + 1] = session
  visits[id % 64][session] = { at = serial, session = session }
  numbers[id] = serial
  chain = { index = serial, rest = chain }
  coroutines[id % coroutine_count + 1](session)
  guarded[id % guarded_count + 1] = setmetatable({ id }, guard)
  texts[id % text_count + 1] = session.name:rep(8)
  -- The garbage of an ordinary request: some 32 KiB.
  local words, fields = {}, {}
  for index = 1, 64 do
    words[index] = session.name .. index
    fields[index] = { index = index, word = words[index], session = session }
  end
  return table.concat(words, " ", 1, 4) .. "\n"
end

local server = uv.new_tcp()
assert(server:bind("127.0.0.1", 0))
assert(server:listen(1, function()
  local peer, rest = uv.new_tcp(), ""
  server:accept(peer)
  peer:nodelay(true)
  peer:read_start(function(failure, data)
    assert(not failure, failure)
    rest = rest .. (data or "quit\n")
    for line in rest:gmatch "(.-)\n" do
      if line == "quit" then
        peer:close()
        return server:close()
      end
      peer:write(answer(tonumber(line) % session_count + 1))
    end
    rest = rest:match "[^\n]*$"
  end)
end))
collectgarbage()
if mode == "stop" then collectgarbage "stop" end
print(("ready %d %d"):format(server:getsockname().port, collectgarbage "count" // 1))
io.stdout:flush()
uv.run()
print(("served %d, finalized %d"):format(serial - session_count, finalized))
