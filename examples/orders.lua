-- An order service over TCP, with its clients in the same program so that it needs nothing else.
--
-- Every request runs in a coroutine of its own and waits for a database, whose queries are timers here: a
-- real driver would wait for a socket in the same way. The service is small, looks right, and dies within a
-- second, always in the same place. The stack shows where. Why, only the other outstanding queries can tell:
--
--     requiem examples/orders.lua
--     coroner orders.PID.TIME.vmcore
--     coroner orders.PID.TIME.vmcore pending

local uv = require "uv"

local START = uv.now()

local function log(...)
  print(("%4d ms  %s"):format(uv.now() - START, string.format(...)))
end

-- The database ------------------------------------------------------------------------------------------

local database = {queries = 0}

-- How long each kind of query takes, in milliseconds.
local latency = {SELECT = 40, INSERT = 60, UPDATE = 80, CALL = 300, DELETE = 600, REPORT = 800}

-- Sends a query and suspends the request until the answer is there.
function database.query(request, sql, answer)
  database.queries = database.queries + 1
  local query = {number = database.queries, sql = sql, sent_at = uv.now() - START}
  local timer = uv.new_timer()
  timer:start(latency[sql:match "^%u+"], 0, function()
    timer:close()
    query.rows = answer
    request.resume(query)
  end)
  return coroutine.yield().rows
end

-- The orders --------------------------------------------------------------------------------------------

local orders = {}
local shelves = {bolt = {"A1", "A2", "A3", "A4"}, nut = {"B1", "B2", "B3", "B4"}, gear = {"C1", "C2"}}
local prices = {bolt = 20, nut = 15, gear = 950}

-- The label goes to the warehouse that holds the goods.
local function print_label(order)
  local shelf = order.reservation.shelf
  return ("order %d: %d x %s from shelf %s"):format(order.id, order.quantity, order.item, shelf)
end

local commands = {}

function commands.place(request, id, item, quantity)
  local order = {id = tonumber(id), item = item, quantity = tonumber(quantity), state = "new"}
  orders[order.id] = order
  database.query(request, ("SELECT shelf FROM stock WHERE item = '%s'"):format(item), shelves[item])
  local shelf = table.remove(shelves[item])
  order.reservation = {shelf = shelf, made_by = request.connection.name}
  database.query(request, ("INSERT INTO reservations VALUES (%d, '%s')"):format(order.id, shelf))
  order.state = "reserved"
  return "reserved on shelf " .. shelf
end

function commands.pay(request, id, card)
  local order = orders[tonumber(id)]
  if not order or order.state ~= "reserved" then return "not reserved" end
  local amount = order.quantity * prices[order.item]
  local charge = ("CALL charge('%s', %d)"):format(card, amount)
  order.receipt = database.query(request, charge, {amount = amount, card = card})
  local label = print_label(order)
  database.query(request, ("UPDATE orders SET state = 'paid' WHERE id = %d"):format(order.id))
  order.state = "paid"
  return "paid, " .. label
end

function commands.cancel(request, id)
  local order = orders[tonumber(id)]
  if not order or order.state ~= "reserved" then return "not reserved" end
  -- Whoever comes next may have the shelf at once; the order is cancelled when the database says so.
  table.insert(shelves[order.item], order.reservation.shelf)
  order.reservation = nil
  database.query(request, ("DELETE FROM reservations WHERE order_id = %d"):format(order.id))
  order.state = "cancelled"
  return "cancelled"
end

function commands.report(request, item)
  local rows = database.query(request, ("REPORT sales OF '%s'"):format(item), {item = item, sold = 0})
  return ("%s: %d sold"):format(rows.item, rows.sold)
end

-- The server --------------------------------------------------------------------------------------------

local connections = {}

-- Runs one line in its own coroutine. `request.resume` continues it, from whatever callback it waits for.
local function serve(connection, line)
  local request = {line = line, connection = connection}
  request.resume = coroutine.wrap(function()
    local name, a, b, c = line:match "^(%S+)%s*(%S*)%s*(%S*)%s*(%S*)"
    local command = commands[name]
    local answer = command and command(request, a, b, c) or "unknown command"
    connection.socket:write(line .. ": " .. answer .. "\n")
  end)
  connection.requests[#connection.requests + 1] = request
  request.resume()
end

local function accept(server)
  local socket = uv.new_tcp()
  server:accept(socket)
  local connection = {name = "connection #" .. #connections + 1, socket = socket, requests = {}, unread = ""}
  connections[#connections + 1] = connection
  socket:read_start(function(failure, chunk)
    assert(not failure, failure)
    if not chunk then return socket:close() end
    connection.unread = connection.unread .. chunk
    for line in connection.unread:gmatch "([^\n]*)\n" do serve(connection, line) end
    connection.unread = connection.unread:match "[^\n]*$"
  end)
end

local server = uv.new_tcp()
server:bind("127.0.0.1", 0)
server:listen(128, function(failure)
  assert(not failure, failure)
  accept(server)
end)

-- The clients -------------------------------------------------------------------------------------------

-- What each client sends, and when.
local scripts = {
  {name = "Ann", {0, "place 17 gear 1"}, {150, "pay 17 4000-0017"}},
  {name = "Bob", {10, "place 18 bolt 40"}, {170, "pay 18 4000-0018"}, {300, "place 19 nut 40"}},
  {name = "Cyd", {20, "place 20 nut 8"}, {180, "pay 20 4000-0020"}, {320, "place 21 bolt 8"}},
  {name = "office", {30, "report gear"}, {35, "report bolt"}, {40, "report nut"}, {220, "cancel 17"}},
  {name = "Dan", {250, "place 22 gear 2"}, {340, "report gear"}, {430, "place 23 bolt 5"}},
  {name = "Eve", {260, "place 24 nut 3"}, {370, "pay 24 4000-0024"}, {380, "report nut"}},
}

local port = server:getsockname().port

local function run_client(script)
  local socket = uv.new_tcp()
  socket:connect("127.0.0.1", port, function(failure)
    assert(not failure, failure)
    socket:read_start(function(_, chunk)
      for line in (chunk or ""):gmatch "[^\n]+" do log("%-6s <- %s", script.name, line) end
    end)
    for _, step in ipairs(script) do
      local timer = uv.new_timer()
      timer:start(step[1], 0, function()
        timer:close()
        log("%-6s -> %s", script.name, step[2])
        socket:write(step[2] .. "\n")
      end)
    end
  end)
end

for _, script in ipairs(scripts) do run_client(script) end
uv.run()
