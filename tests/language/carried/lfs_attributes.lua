local lfs = require "lfs"
local name = os.tmpname()
local file <close> = assert(io.open(name, "w"))
file:write "hello"
file:flush()

-- All of them in a table, a given one or a new one; or one by its name.
local all = lfs.attributes(name)
print(all.mode, all.size, all.permissions, all.nlink)   --> file	5	rw-------	1
local names = {}
for attribute in pairs(all) do names[#names + 1] = attribute end
table.sort(names)
print(table.concat(names, " ", 1, 7))    --> access blksize blocks change dev gid ino
print(table.concat(names, " ", 8))       --> mode modification nlink permissions rdev size uid
local given = {}
print(lfs.attributes(name, given) == given, given.mode)   --> true	file
print(lfs.attributes(name, "size"), lfs.attributes("/", "mode"), lfs.attributes("/dev/null", "mode"))   --> 5	directory	char device
print(pcall(lfs.attributes, name, "colour"))   --> false	invalid attribute name 'colour'
print(lfs.attributes "/no/such")         --> nil	cannot obtain information from file '/no/such': No such file or directory	2
print(pcall(lfs.attributes))             --> false	bad argument #1 to 'lfs.attributes' (string expected, got no value)

-- Both times are set, to one when only one is given, to now without any; fractions of the first are cut.
local function times() return lfs.attributes(name, "access"), lfs.attributes(name, "modification") end
print(lfs.touch(name, 1000, 2000), times())   --> true	1000	2000
print(lfs.touch(name, 3000.7), times())  --> true	3000	3000
print(lfs.touch(name), os.time() - (times()) <= 1)   --> true	true
print(lfs.touch "/no/such")              --> nil	No such file or directory	2

-- Of a link itself, and of what it points at.
local link = name .. ".link"
print(lfs.link(name, link, true))        --> true
print(lfs.symlinkattributes(link, "mode"), lfs.attributes(link, "mode"))   --> link	file
print(lfs.symlinkattributes(link, "target") == name, lfs.symlinkattributes(link).target == name)   --> true	true
print(lfs.symlinkattributes(name, "target"))   --> nil	could not obtain link target: Invalid argument	22
print(lfs.symlinkattributes(name).target)   --> nil
os.remove(link)
print(lfs.link(name, link), lfs.attributes(name, "nlink"))   --> true	2
print(lfs.link(name, link))              --> nil	File exists	17
os.remove(link)
os.remove(name)
