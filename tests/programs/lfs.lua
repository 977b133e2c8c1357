--# needs lua-filesystem
-- What the tests of our lfs expect is what LuaFileSystem says; and some more of both.
local try = require "try"
local ours = arg[0]:match "^.*/" .. "../language/carried/"
for _, name in ipairs {"lfs_attributes", "lfs_directory", "lfs_lock"} do dofile(ours .. name .. ".lua") end

local lfs = require "lfs"
local names = {}
for name, value in pairs(lfs) do
  if not name:find "^_[CD]" then names[#names + 1] = name .. " " .. type(value) end
end
table.sort(names)
print(table.concat(names, ", "), lfs._VERSION, _G.lfs == lfs, select("#", require "lfs"))
for _, path in ipairs {"/", "/usr", "/dev/null", "/dev/zero", "/bin", "/etc/passwd", "/no/such", "", "/tmp\0hidden", "/etc/passwd/x"} do
  for _, attribute in ipairs {"mode", "dev", "ino", "nlink", "uid", "gid", "rdev", "change", "size", "permissions", "blocks", "blksize", "target", "", 5, "mode\0x"} do
    try(function() return path, attribute, lfs.attributes(path, attribute) end)
    try(function() return path, attribute, lfs.symlinkattributes(path, attribute) end)
  end
end
for _, name in ipairs {"attributes", "chdir", "currentdir", "dir", "link", "lock", "mkdir", "rmdir", "setmode", "symlinkattributes", "touch", "unlock", "lock_dir"} do
  for _, arguments in ipairs {{}, {{}}, {true}, {"/no/such/file"}, {"/no/such/file", {}}, {"/no/such/file", "x", {}}, {io.stdout}, {io.stdout, "r", {}}, {io.stdout, "r", 1.5}, {"/no/such/file", 1, 1.5}, {"/no/such/file", "1", "2"}, {12}} do
    -- Whether stdout can be locked is not for us to say.
    if arguments[1] ~= io.stdout or name ~= "lock" and name ~= "unlock" then
      try(function() return name, lfs[name](table.unpack(arguments)) end)
    end
  end
end
local file = io.tmpfile()
for _, arguments in ipairs {{"r"}, {"w", 5}, {"w", 5, 10}, {"write"}, {"read", "1", "2"}, {"u"}, {""}, {5}, {"w", 0, -1}, {"w", -5}, {nil}, {"r", {}}} do
  try(function() return lfs.lock(file, table.unpack(arguments)) end)
  try(function() return lfs.unlock(file, table.unpack(arguments, 2)) end)
end
local pipe = io.popen("cat >/dev/null", "w")
try(function() return lfs.lock(pipe, "w") end)
try(function() return lfs.setmode(pipe, "binary") end)
pipe:close()

-- A folder that is gone has no name any more.
lfs.mkdir "gone"
lfs.chdir "gone"
lfs.rmdir "../gone"
try(function() return lfs.currentdir() end)
try(function() return lfs.dir "." end)
try(function() for name in lfs.dir "." do print(name) end end)

-- Methods are those of the metatable, which has a name; errors name the place that called.
local iterator, directory = lfs.dir "/"
try(function() return directory.next == iterator, directory.gone, getmetatable(directory).__name, #tostring(directory) > 20 end)
try(function() return directory.next {} end)
try(function() directory.x = 1 end)
try(function() return #directory end)
try(function() for name in lfs.dir() do print(name) end end)
try(function() for name in lfs.dir "/no/such" do print(name) end end)
do
  local closed <close> = directory
end
try(function() return iterator(directory) end)
print(os.execute "lua -e 'require \"lfs\".dir \"/no/such\"' 2>&1")
