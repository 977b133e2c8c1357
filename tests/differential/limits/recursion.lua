-- Recursion without end, through each thing that calls.
local function norm(m) m=tostring(m); m=m:gsub('0x%x+','0x?'); if #m>400 then m=m:sub(1,200)..'…'..m:sub(-200) end return m end
local function try(name, f, ...) local r = table.pack(pcall(f, ...)); print(name, r[1], norm(r[2])) end
local mt
-- plain
local function rec() return 1 + rec() end
try('rec', rec)
local function recarg(...) return 1 + recarg(1, ...) end
try('recarg', recarg)
local t = setmetatable({}, {__index=function(t,k) return t[k+1] end})
try('index fn', function() return t[1] end)
local t = setmetatable({}, {__index=function(t,k) return (t[k+1]) end})
try('index fn nontail', function() return t[1] end)
local t = setmetatable({}, {__newindex=function(t,k,v) t[k+1]=v end})
try('newindex fn', function() t[1]=1 end)
for _,ev in ipairs{'add','sub','mul','div','mod','pow','idiv','band','bor','bxor','shl','shr','concat'} do
  local op = ({add='+',sub='-',mul='*',div='/',mod='%',pow='^',idiv='//',band='&',bor='|',bxor='~',shl='<<',shr='>>',concat='..'})[ev]
  local f = load('return function(a,b) return a'..op..'b end','=op')()
  local t = setmetatable({}, {['__'..ev]=f})
  try(ev, f, t, t)
  try(ev..' const', load('local t=... return t'..op..'1', '=c'), t)
end
local t = setmetatable({}, {__unm=function(a) return -a end, __bnot=function(a) return ~a end, __len=function(a) return #a end,
 __eq=function(a,b) return a==b end, __lt=function(a,b) return a<b end, __le=function(a,b) return a<=b end,
 __tostring=function(a) return tostring(a) end, __call=function(s, ...) return (s(...)) end, __pairs=function(t) return pairs(t) end,
 __close=function(t) local x <close> = t end, __name='N'})
local u = setmetatable({}, getmetatable(t))
try('unm', function() return -t end)
try('bnot', function() return ~t end)
try('len', function() return #t end)
try('eq', function() return t==u end)
try('lt', function() return t<u end)
try('le', function() return t<=u end)
try('lt const', function() return t<1 end)
try('tostring', tostring, t)
try('tostring2', function() return tostring(t) end)
try('print', print, t)
try('format', string.format, '%s', t)
try('call', t)
try('call args', t, 1, 2, 3)
try('pairs', pairs, t)
try('close', function() local x <close> = t end)
try('rawlen/eq', function() return rawequal(t,u), rawlen(t) end)
-- chains
local a = {} for i=1,1999 do a = setmetatable({}, {__index=a}) end
try('chain 1999', function() return a.x end)
local a = {} for i=1,2000 do a = setmetatable({}, {__index=a}) end
try('chain 2000', function() return a.x end)
local a = {} for i=1,2001 do a = setmetatable({}, {__index=a}) end
try('chain 2001', function() return a.x end)
local a = {} setmetatable(a,{__index=a})
try('loop index', function() return a.x end)
local b = {} setmetatable(b,{__newindex=b})
try('loop newindex', function() b.x=1 end)
local b = {} for i=1,2000 do b = setmetatable({}, {__newindex=b}) end
try('chain newindex 2000', function() b.x=1 end)
for _,n in ipairs{1,2,100,190,199,200,201,249,250,1000,5000} do
 local c = function(...) return select('#', ...) end
 for i=1,n do c = setmetatable({}, {__call=c}) end
 try('call chain '..n, c)
 try('call chain tail '..n, function() return c() end)
end
-- natives
try('tostring rec', function() local t = setmetatable({}, {}) getmetatable(t).__tostring = function(s) return 'x'..tostring(s) end return tostring(t) end)
local function g() return (string.gsub('a','a',g)) end
try('gsub rec', g)
local function s() table.sort({1,2,3}, s) return true end
try('sort rec', s)
local function p() local ok, m = pcall(p) if ok then return m end error(m, 0) end
try('pcall rec', p)
local function p() return pcall(p) end
try('pcall tail rec', p)
local function p() return select(-1, xpcall(p, function(m) return m end)) end
try('xpcall rec', p)
local function p() local ok, m = xpcall(p, error) return m end
try('xpcall rec error', p)
local function p() return load(function() p() end) end
try('load rec', p)
local function p() return load(p) end
try('load rec2', p)
local function p() return (table.concat(setmetatable({}, {__len=function() return 1 end,__index=function() return p() end}))) end
try('table.concat rec', p)
local function p() return assert(p()) end
try('assert', p)
local function w() return coroutine.wrap(w)() end
try('wrap tail', w)
local function w() local x = coroutine.wrap(w)() return x end
try('wrap', w)
local function w() local x,y = coroutine.resume(coroutine.create(w)) if x then return y end error(y,0) end
try('resume', w)
local depth=0
local function w() depth=depth+1 local x,y = coroutine.resume(coroutine.create(w)) return y end
try('resume2', w) print(depth)
local function w() local co = coroutine.create(function() local x <close> = setmetatable({},{__close=w}) coroutine.yield() end) coroutine.resume(co) return select(2, coroutine.close(co)) end
try('coroutine.close', w)
local function w() return require(setmetatable({},{__tostring=w})) end
try('require', w)
package.preload.foo = function() return require'foo' end
try('require rec', require, 'foo')
local n=0
package.searchers[#package.searchers+1] = function(name) return function() n=n+1 return require('bar'..n) end end
try('require rec2', require, 'bar0')
