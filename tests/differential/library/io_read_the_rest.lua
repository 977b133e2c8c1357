-- `read "a"` of large files: from the start, amid what was read ahead, behind the end, of files that change.
local name = os.tmpname()
local function fill(text)
  local file = assert(io.open(name, "wb"))
  assert(file:write(text))
  file:close()
end

local text = ("a line\nanother \0 one, somewhat longer\n\n"):rep(8000)
for _, size in ipairs { 0, 1, 4095, 16383, 16384, 16385, 65536, 100000, #text } do
  local whole = text:sub(1, size)
  fill(whole)
  local file = assert(io.open(name, "rb"))
  print(size, file:read("a") == whole, file:read("a"), file:read("l"), file:read(0))
  file:seek("set")
  local line, rest = file:read("L", "a") rest = rest or ""
  print((line or "") .. rest == whole, file:seek())
  file:seek("set")
  local head = file:read(10) or ""
  file:seek("cur", 5)
  print(head, file:read("a") == whole:sub(16), file:read("a"), file:seek())
  file:seek("set", size + 10)
  print(file:read("a"), file:read("a", "l"))
  file:close()
end

fill(text)
local file = assert(io.open(name, "r+b"))
print(#file:read(100))
file:seek("cur", 0)
file:write("written")
file:seek("cur", 0)
print(#file:read("a"), #text)
file:seek("set", 0)
local other = assert(io.open(name, "ab"))
local before = file:read("l")
other:write(("appended"):rep(5000))
other:close()
print(before, #file:read("a"), file:read("a"))
file:close()
print(pcall(file.read, file, "a"))

file = assert(io.open(name, "wb"))
print(file:read("a"))
file:close()
for line, rest in io.lines(name, "l", "a") do print(line, rest) end
os.remove(name)

local pipe = assert(io.popen("printf 'x%.0s' $(seq 1 40000)"))
print(#pipe:read("a"), pipe:read("a"), pipe:close())
