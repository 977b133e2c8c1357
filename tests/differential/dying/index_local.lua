local config
local function read() return config.path end
local function main()
  local value = nil
  print(pcall(read))
  return value.name
end
main()
