local source = {}
local t = {
  first = 1,
  second = source.deep.value,
}
