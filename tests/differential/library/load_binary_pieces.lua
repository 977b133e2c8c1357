-- A binary chunk from a function, in pieces of any size.
local function reader(bytes, size)
  local position, calls = 1, 0
  return function()
    calls = calls + 1
    local piece = bytes:sub(position, position + size - 1)
    position = position + size
    if piece ~= "" then return piece end
  end, function() return calls end
end
local source = [[
local a, b = ...
local function f(x) return x .. a, {b, "a string that is too long to be interned by anyone"} end
return f("x"), select("#", ...)
]]
local bytes = string.dump(load(source, "@file"))
for _, size in ipairs {1, 2, 3, 10, 64, 1000, #bytes, #bytes + 1} do
  local f = assert(load(reader(bytes, size), "pieces", "b"))
  print(size < 100 and size, (f("a", "b")), select("#", f("a", "b")))
end
-- What was delivered decides, not the mode; an empty piece is the end.
print(load(reader(bytes, 1), "c", "t"))
print(load(reader(source, 1), "c", "b"))
print((load(reader(source, 7), "c", "t")("p")))
print((load(reader(bytes, 5), "c")("p")))
print(type(load(function() return "" end, "c", "t"))) print(pcall(load, function() end, "c", "b"))
print(type(load(function() return nil end)))
local rest = {bytes:sub(1, 40), "", bytes:sub(41)}
print(load(function() return table.remove(rest, 1) end, "=cut"))
-- No more is asked for than the chunk needs.
local endless = 0
local f = load(function() endless = endless + 1 return endless == 1 and bytes or "never read" end)
print((f(1)), endless)
endless = 0
print(load(function() endless = endless + 1 return "\27wrong" end, "=endless"), endless)
-- A number is a string here, anything else is refused, errors come back.
local numbers = {"return ", 1, 2.5}
print(load(function() return table.remove(numbers, 1) end, "=n")())
local function try(...) print(select(2, pcall(load, ...))) end
try(function() return {} end, "=t") try(function() return true end)
try(function() error("from the reader", 0) end) print(select("#", pcall(load, function() error({}) end)))
local once = bytes:sub(1, 30)
try(function() local piece = once if not piece then error("later", 0) end once = nil return piece end)
try(function() error(setmetatable({}, {__tostring = function() return "T" end})) end)
-- The reader may collect garbage, and yields are refused.
local n = 0
local g = load(function() n = n + 1 collectgarbage() return n <= #bytes and bytes:sub(n, n) or nil end)
print((g("z")))
print(coroutine.wrap(function() return load(function() coroutine.yield(1) end) end)())
