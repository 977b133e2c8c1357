-- The first byte says whether a good header comes before the rest, which is then the functions of a chunk, or whether
-- the rest is all of it. What is accepted runs for some thousand instructions where it finds nothing to call.
getmetatable("").__index = nil
local load, pcall, sethook, error, collectgarbage = load, pcall, debug.sethook, error, collectgarbage
local byte, sub = string.byte, string.sub

-- Up to the fingerprint of the instructions, behind which the name of the source comes.
local header = string.dump(load("", "=name"))
header = sub(header, 1, string.find(header, "\6=name", 1, true) - 1)

local function enough() error("enough") end

return function(data)
  local kind = byte(data) or 1
  local loaded = load((kind % 2 == 0 and header or "\27") .. sub(data, 2), "=chunk", "b", {})
  if not loaded then return "refused" end
  sethook(enough, "", 5000)
  pcall(loaded, 1, "two", 3.5, {4})
  sethook()
  collectgarbage()
  return "run"
end
