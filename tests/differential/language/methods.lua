local Stack = {}
Stack.__index = Stack
function Stack.new(...) return setmetatable({n = select("#", ...), ...}, Stack) end
function Stack:push(...) for i = 1, select("#", ...) do self.n = self.n + 1 self[self.n] = (select(i, ...)) end return self end
function Stack:pop() local v = self[self.n] self[self.n] = nil self.n = self.n - 1 return v end
local s = Stack.new(1, 2):push(3):push(4, nil, 6)
print(s.n, s:pop(), s:pop(), s:pop(), s.n)
local o = {v = 1, inner = {v = 2}}
function o.inner.get(self) return self.v end
function o.inner:set(v) self.v = v return self end
print(o.inner:get(), o.inner.get(o), o.inner:set(9).v)
print(("%d"):format(3), ("x"):rep(3, ","), #("abc"):sub(2))
local name = "dynamic"
o[name] = function(self, x) return self.v + x end
print(o[name](o, 4), o:dynamic(5))
