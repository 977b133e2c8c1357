-- An error object that passes two handlers; and one of the same words, raised at the same place, that was another.
--? => raised at raised_again_by_another.lua:5
--? => caught at raised_again_by_another.lua:9
local function check(limit)
  if limit < 0 then error({code = 400, limit = limit}) end
  return limit
end
local function inner(limit)
  local ok, problem = pcall(check, limit)
  if not ok then error(problem) end
end
local function outer(limit)
  local ok, problem = xpcall(inner, function(problem) return problem end, limit)
  if not ok then
    problem.where = "outer"
    error(problem)
  end
end
pcall(outer, -1)
outer(-2)
--$
