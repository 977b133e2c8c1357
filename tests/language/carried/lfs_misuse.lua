-- A directory is closed by its own method only; the module in C reads what it is given without looking.
local lfs = require "lfs"
local _, directory = lfs.dir "/"
print(pcall(directory.close))               --> false	bad argument #1 to '?' (directory metatable expected, got no value)
print(pcall(directory.close, io.stdout)) --> false	bad argument #1 to '?' (directory metatable expected, got FILE*)
print(pcall(getmetatable(directory).__gc, {}))   --> false	bad argument #1 to '?' (directory metatable expected, got table)
print(directory:next() ~= nil)           --> true

-- What the path of a lock is set to by the debug library is not what is removed, if it is no path.
local name = os.tmpname()
os.remove(name)
lfs.mkdir(name)
local lock = lfs.lock_dir(name)
debug.setuservalue(lock, {}, 1)
lock:free()
print(os.remove(name .. "/lockfile.lfs"), lfs.rmdir(name))   --> true	true
