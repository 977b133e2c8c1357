local mt = {}
for _, e in ipairs {"add", "sub", "concat", "eq", "lt", "le", "unm", "len", "index", "call", "band", "shl", "idiv"} do
  mt["__" .. e] = function(a, b) return coroutine.yield(e) end
end
mt.__newindex = function(t, k, v) coroutine.yield("newindex") end
local function new() return setmetatable({}, mt) end
local co = coroutine.wrap(function()
  local a, b = new(), new()
  print(a + 1, 1 - a, a .. "x", "x" .. a .. "y", a == b, a ~= b, a < b, a <= b, a > b, -a, #a, a.k, a(1), a & 1, a << 1, a // 2)
  a.x = 1
  if a == b then print "equal" else print "different" end
  if not (a < b) then print "not less" else print "less" end
  local t = {a + 1, a.z, n = a .. b}
  print(#t, t.n)
  for i in a do print(i) break end
  return "end"
end)
local r = co()
while r ~= "end" do io.write("[", r, "] ") r = co(r == "eq" and 1 or r == "lt" and false or r:upper()) end
