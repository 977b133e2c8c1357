local M = {} for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr"} do M["__" .. e] = function(a, b) return e end end
local t = setmetatable({}, M)
local all = {} for op in ("+ - * / % ^ // & | ~ << >>"):gmatch "%S+" do
  local f = load("local a, b = ... return a " .. op .. " b")
  for _, other in ipairs {1, 1.5, "2", "x", true, {}, print} do all[#all + 1] = f(t, other) == f(other, t) and f(t, other) or "mixed" end
  all[#all + 1] = load("local a = ... return a " .. op .. " 7")(t) all[#all + 1] = load("local a = ... return 7 " .. op .. " a")(t) all[#all + 1] = load("local a = ... return a " .. op .. " 'k'")(t)
end
print(table.concat(all, " "))
print(pcall(function() return setmetatable({}, {__add = 1}) + 1 end)) print(pcall(function() return -setmetatable({}, {__unm = {}}) end))
