local Queue = {} Queue.__index = Queue
function Queue.new() return setmetatable({first = 1, last = 0, items = {}}, Queue) end
function Queue:push(v) self.last = self.last + 1 self.items[self.last] = v return self end
function Queue:pop() if self.first > self.last then return nil, "empty" end local v = self.items[self.first] self.items[self.first] = nil self.first = self.first + 1 return v end
Queue.__len = function(q) return q.last - q.first + 1 end
local q = Queue.new():push(1):push("two"):push {3}
print(#q, q:pop(), q:pop(), type(q:pop()), q:pop())
for i = 1, 10000 do q:push(i) if i % 3 == 0 then q:pop() end end
print(#q, q:pop())
local Heap = {} Heap.__index = Heap
function Heap.new(less) return setmetatable({less = less, n = 0}, Heap) end
function Heap:add(v) self.n = self.n + 1 local i = self.n self[i] = v while i > 1 and self.less(self[i], self[i // 2]) do self[i], self[i // 2] = self[i // 2], self[i] i = i // 2 end end
function Heap:take() local top = self[1] self[1] = self[self.n] self[self.n] = nil self.n = self.n - 1 local i = 1 while true do local c = 2 * i if c > self.n then break end if c < self.n and self.less(self[c + 1], self[c]) then c = c + 1 end if self.less(self[i], self[c]) then break end self[i], self[c] = self[c], self[i] i = c end return top end
local h, seed, out = Heap.new(function(a, b) return a < b end), 1, {}
for _ = 1, 20 do seed = seed * 16807 % 2147483647 h:add(seed % 1000) end
while h.n > 0 do out[#out + 1] = h:take() end print(table.concat(out, " "))
