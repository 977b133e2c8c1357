local function worker(jobs)
  for _, job in ipairs(jobs) do
    coroutine.yield(job.name)
    print(job.result.value)
  end
end
local co = coroutine.wrap(worker)
local jobs = {{name = "a", result = {value = 1}}, {name = "b"}}
print(co(jobs))
print(co())
print(co())
