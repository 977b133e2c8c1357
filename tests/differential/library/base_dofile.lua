local name = os.tmpname()
local function write(text) local f = assert(io.open(name, "w")) f:write(text) f:close() end
write "#!shebang\nreturn 1, ..., 'x'"
print(select("#", dofile(name)), (dofile(name)))
print(assert(loadfile(name))("arg"))
write "x = = 1"
print((select(2, loadfile(name)):gsub("^.-:", "FILE:")))
print((select(2, pcall(dofile, name)):gsub("^.-:", "FILE:")))
write "counter = (counter or 0) + 1"
local env = {}
loadfile(name, "t", env)() loadfile(name, "t", env)()
print(env.counter, counter)
write "\xEF\xBB\xBFreturn 'bom'"
print(dofile(name))
write ""
print(dofile(name))
print(loadfile(name, "b"))
os.remove(name)
