local function c() error("blame the caller's caller", 3) end
local function b() c() return 1 end
local function a()
  b()
  return 1
end
a()
