--# needs lua-check
-- luacheck looks at every installed module, and at a file with one of each fault.
local file = assert(io.open("faulty.lua", "w"))
file:write [[
local unused, value = 1, 2
global = value
print(undefined_thing, global)
local function helper(argument, ...) local x = 1; x = 2 end
for i = 1, 2 do local value = i end
if value then else end
while true do break end
goto done
do local shadowed; local shadowed = 3; print(shadowed) end
::done::
return value, string.nonsense, table.insert   
]]
file:close()
file = assert(io.open("broken.lua", "w"))
file:write "local x = = 2\n"
file:close()
io.stdout:setvbuf "no"
for _, options in ipairs {
  "--no-color faulty.lua broken.lua", "--no-color --codes --ranges --std=lua54 faulty.lua",
  "--formatter=TAP faulty.lua", "--formatter=JUnit faulty.lua broken.lua", "--formatter=visual_studio faulty.lua",
  "--formatter=plain --no-unused --globals global undefined_thing -- faulty.lua", "--version", "--help",
  "--no-color --max-line-length=100 --codes /usr/share/lua/5.4 /usr/share/lua/5.1/luacheck",
  "--no-color --no-such-option", "--no-color missing.lua",
} do
  print(">", options)
  print(os.execute("lua /usr/bin/luacheck " .. options .. " 2>&1"))
end
