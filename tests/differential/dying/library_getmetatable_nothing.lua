print(getmetatable("").__index == string)
getmetatable()
