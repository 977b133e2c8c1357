local lfs = require "lfs"
local root = os.tmpname()
os.remove(root)
print(lfs.mkdir(root), lfs.mkdir(root .. "/inner"), lfs.mkdir(root))   --> true	true	nil	File exists	17

-- The present directory and its parent are among the entries.
local function entries(path)
  local names = {}
  for name in lfs.dir(path) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end
io.open(root .. "/note", "w"):close()
print(entries(root))                     --> . .. inner note
print(entries(root .. "/inner"))         --> . ..

-- The loop closes the directory however it ends.
local next_entry, directory, start, closed_by_loop = lfs.dir(root)
print(next_entry == directory.next, start, closed_by_loop == directory)   --> true	nil	true
pcall(function() for _ in next_entry, directory, nil, directory do error "enough" end end)
print(pcall(directory.next, directory))  --> false	bad argument #1 to '?' (closed directory)
print(pcall(function() return directory:next() end))   --> false	lfs_directory.lua:22: calling 'next' on bad self (closed directory)

-- By methods: at the end next returns nothing, and closes; closing is done any number of times.
local _, other = lfs.dir(root .. "/inner")
print(other:next() ~= nil, other:next() ~= nil, select("#", other:next()))   --> true	true	0
print(pcall(other.next, other))          --> false	bad argument #1 to '?' (closed directory)
print(select("#", other:close()), tostring(other):match "^directory metatable: 0x")   --> 0	directory metatable: 0x
print(pcall(other.next, io.stdout))      --> false	bad argument #1 to '?' (directory metatable expected, got FILE*)
print(pcall(lfs.dir, "/no/such"))        --> false	cannot open /no/such: No such file or directory

-- Directories that nobody holds are closed by the collector: there are more of them than a process may have.
for _ = 1, 3000 do lfs.dir(root); if _ % 100 == 0 then collectgarbage() end end

local before = lfs.currentdir()
print(lfs.chdir(root), entries ".")      --> true	. .. inner note
print(lfs.chdir "missing")
--> nil	Unable to change working directory to 'missing'
--> No such file or directory
-->
print(lfs.rmdir "note")                  --> nil	Not a directory	20
os.remove "note"
print(lfs.rmdir "inner", entries ".")    --> true	. ..
print(lfs.chdir(before), lfs.rmdir(root), lfs.currentdir() == before)   --> true	true	true
