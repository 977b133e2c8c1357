--# needs lua-penlight
-- Penlight makes, walks, copies and removes trees of files, through lfs.
require "sorted_pairs"
local try = require "try"

local path, dir, file, utils, pretty = require "pl.path", require "pl.dir", require "pl.file", require "pl.utils", require "pl.pretty"
try(function() return dir.makepath "tree/a/b/c", dir.makepath "tree/d" end)
for index, name in ipairs {"tree/one.lua", "tree/a/two.txt", "tree/a/b/three.lua", "tree/a/b/c/four"} do
  print(file.write(name, ("line\n"):rep(index)), path.getsize(name))
end
local function sorted(list) table.sort(list) return pretty.write(list, "") end
try(function() return sorted(dir.getfiles "tree"), sorted(dir.getdirectories "tree"), sorted(dir.getfiles("tree/a/b", "*.lua")), sorted(dir.getallfiles "tree") end)
local seen = {}
for root, dirs, files in dir.walk("tree", true) do
  table.sort(dirs); table.sort(files)
  seen[#seen + 1] = root .. ": " .. table.concat(dirs, ",") .. " | " .. table.concat(files, ",")
end
try(function() return sorted(seen) end)
seen = {}
for name, is_directory in dir.dirtree "tree" do seen[#seen + 1] = name .. (is_directory and "/" or "") end
try(function() return sorted(seen) end)
try(function() return dir.copyfile("tree/one.lua", "tree/copy.lua"), dir.movefile("tree/copy.lua", "tree/moved.lua"), path.exists "tree/copy.lua", path.isfile "tree/moved.lua" end)
try(function() return dir.clonetree("tree", "clone", dir.copyfile), sorted(dir.getallfiles "clone") end)
try(function() return path.isdir "clone", path.islink "clone", path.isabs "clone", path.abspath "clone" == path.currentdir() .. "/clone", path.relpath(path.abspath "tree/a/two.txt") end)
try(function() return path.splitpath "x/y/z.tar.gz", path.splitext "x/y/z.tar.gz", path.basename "a/b", path.dirname "a/b", path.extension "a.b.c", path.join("a", "b", "/c"), path.normpath "a/./b/../c//d", path.expanduser "~/x" ~= "~/x" end)
try(function() return path.getmtime "tree/one.lua" <= os.time(), path.getatime "missing", path.getsize "missing", path.attrib "missing", pcall(path.isdir) end)
try(function() return path.mkdir "tree", path.rmdir "tree", path.rmdir "missing", path.chdir "missing" end)
try(function() return pcall(dir.getfiles, "missing"), pcall(dir.walk, "missing"), pcall(dir.getfiles) end)
try(function() return utils.readfile "tree/a/two.txt", #utils.readlines "tree/a/b/c/four", utils.readfile "missing", file.read "missing", file.copy("missing", "x"), file.delete "missing" end)
try(function() return dir.fnmatch("a.lua", "*.lua"), dir.filter({"a.lua", "b.txt"}, "*.lua")[1], sorted(dir.getfiles("tree", "*.nothing")) end)
try(function() return dir.rmtree "clone", path.exists "clone", dir.rmtree "missing" end)
local here = path.currentdir()
try(function() return path.chdir "tree", path.currentdir() == here .. "/tree", path.chdir ".." end)
for line in io.lines "tree/a/b/three.lua" do io.write("<", line, ">") end
print()
