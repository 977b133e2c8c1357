-- What a call or a return hands over, as getinfo's 'r' tells the hook (manual, debug.getinfo).
local function hook(event)
  local info = debug.getinfo(2, "nrS")
  if info.what == "C" and info.name ~= "pcall" and info.name ~= "select" then return end
  local first = info.what == "C" and "" or info.ftransfer
  io.write(event, " ", info.name or "?", " ", first, ":", info.ntransfer, " =")
  for index = info.ftransfer, info.ftransfer + info.ntransfer - 1 do
    local _, value = debug.getlocal(2, index)
    io.write(" ", type(value) == "function" and "f" or tostring(value))
  end
  io.write("\n")
end
local function swap(first, second, ...)
  local kept = first
  return second, kept, ...
end
local function none() end
debug.sethook(hook, "cr")
swap(1, 2, 3, 4)
none()
pcall(swap, "a", "b")
pcall(error, "c")
local function tail(value) return swap(value) end
tail(5)
debug.sethook()
print(debug.getinfo(1, "r").ntransfer)
