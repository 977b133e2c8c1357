-- Files, directories and locks say what they are, where, and whether they are closed.
--? print folder => (directory metatable, "..")
--? print read => (directory metatable, ".", closed)
--? print file => (FILE*)
--? print shut => (FILE*, closed)
--? print free => closed)
local lfs = require "lfs"
local _, folder = lfs.dir ".."
local _, read = lfs.dir "."
for _ in read.next, read do end
local file, shut = io.tmpfile(), io.tmpfile()
shut:close()
local name = os.tmpname()
os.remove(name)
lfs.mkdir(name)
local free = lfs.lock_dir(name)
free:free()
lfs.rmdir(name)
print(folder.name.length)
