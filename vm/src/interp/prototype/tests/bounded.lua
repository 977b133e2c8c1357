local f, message = load(BYTES, "=changed", "b", {
  select = select, tostring = tostring, rawlen = rawlen, rawset = rawset, setmetatable = setmetatable, ipairs = ipairs,
  pairs = pairs, string = string, table = {unpack = table.unpack}, debug = debug and {
    getlocal = debug.getlocal, setlocal = debug.setlocal, traceback = debug.traceback},
})
assert(f, message)
local co = coroutine.create(f)
local function stop() error("enough", 0) end
debug.sethook(co, stop, "", 3000)
local ok, first = coroutine.resume(co)
debug.traceback(co)
for level = 0, 2 do
  local n = 1
  while n < 30 and pcall(debug.getlocal, co, level, n) do n = n + 1 end
end
string.dump(f)
return ok
