-- An error that nobody heard of, and the one that it led to.
--? recorder => no such file
--? print config => nil
local function read_configuration(path)
  error("no such file: " .. path, 0)
end

local ok, config = pcall(read_configuration, "app.conf")
if not ok then config = nil end
print(config.port)
--$
--$ stack
--$ stack --json
