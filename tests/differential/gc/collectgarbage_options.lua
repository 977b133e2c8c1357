print(type(collectgarbage "count"), collectgarbage "isrunning", collectgarbage(), collectgarbage "collect")
collectgarbage "stop"
print(collectgarbage "isrunning")
collectgarbage "restart"
print(collectgarbage "isrunning")
local mode = collectgarbage "incremental"
print(collectgarbage "generational", collectgarbage "incremental", mode == "generational" or mode == "incremental")
print(type(collectgarbage("step")), type(collectgarbage("step", 100)))
print(pcall(collectgarbage, "nonsense"))
local before = collectgarbage "count"
local t = {}
for i = 1, 20000 do t[i] = {i} end
local grown = collectgarbage "count"
t = nil
collectgarbage()
print(grown > before, collectgarbage "count" < grown)
