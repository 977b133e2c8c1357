for _, v in ipairs {1, 1.5, "s", true, {}, print} do
  local ok, e = pcall(error, v, 0)
  print(ok, e == v, type(e))
end
print(pcall(error, nil))
print(pcall(error))
print(pcall(error, "a", 0))
print(pcall(error, "a"))
print(pcall(error, 1, 2))
local E = setmetatable({}, {__tostring = function() return "E!" end, __index = {kind = "custom"}})
local ok, e = pcall(error, E) print(rawequal(e, E), e.kind, tostring(e))
local function rethrow(f) local ok, e = pcall(f) if not ok then error(e, 0) end end
print(pcall(rethrow, function() error "original" end)) print((pcall(rethrow, function() error {} end)))
local function try(f) local ok, e = xpcall(f, function(e) return {message = tostring(e), trace = debug.traceback() ~= nil} end) return ok, type(e) == "table" and e.message or e end
print(try(function() error "caught" end))
print(try(function() return "fine" end))
print(try(function() local x = nil + 1 end))
local levels = {}
for i = 0, 5 do levels[#levels + 1] = (select(2, pcall(error, "m", i)):gsub("m$", "")) end
print(table.concat(levels, "|"))
