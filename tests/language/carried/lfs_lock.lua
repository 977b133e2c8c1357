local lfs = require "lfs"
local name = os.tmpname()
local file = assert(io.open(name, "r+"))

print(lfs.lock(file, "w"), lfs.lock(file, "r", 0, 10), lfs.lock(file, "u"), lfs.unlock(file, 2, 3))   --> true	true	true	true
print(pcall(lfs.lock, file, "x"))        --> false	lock: invalid mode
print(pcall(lfs.lock, file))             --> false	bad argument #2 to 'lfs.lock' (string expected, got no value)
print(pcall(lfs.lock, {}, "r"))          --> false	bad argument #1 to 'lfs.lock' (FILE* expected, got table)
print(lfs.lock(file, "r", -1))           --> nil	Invalid argument
print(lfs.setmode(file, "text"))         --> true	binary
print(pcall(lfs.setmode, file, "ebcdic"))   --> false	bad argument #2 to 'lfs.setmode' (invalid option 'ebcdic')

-- A reader takes no lock to write.
local reader = assert(io.open(name, "r"))
print(lfs.lock(reader, "w"))             --> nil	Bad file descriptor
reader:close()
file:close()
print(pcall(lfs.lock, file, "r"))        --> false	lock: closed file
print(pcall(lfs.unlock, file))           --> false	unlock: closed file
print(pcall(lfs.setmode, file, "text"))  --> false	setmode: closed file
os.remove(name)

-- A directory is locked by a link in it, until it is freed or nobody holds the lock.
assert(lfs.mkdir(name))
local lock = lfs.lock_dir(name)
print(tostring(lock):match "^lock metatable: 0x")   --> lock metatable: 0x
print(lfs.symlinkattributes(name .. "/lockfile.lfs", "target"))   --> lock
print(lfs.lock_dir(name))                --> nil	File exists
print(select("#", lock:free()), select("#", lock:free()))   --> 0	0
print(lfs.lock_dir(name) ~= nil)         --> true
collectgarbage()
print((lfs.symlinkattributes(name .. "/lockfile.lfs")))   --> nil
print(pcall(lock.free, io.stdout))       --> false	bad argument #1 to '?' (lock metatable expected, got FILE*)
print(lfs.rmdir(name), lfs.lock_dir(name))   --> true	nil	No such file or directory
