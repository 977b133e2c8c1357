local function trace(...) print((debug.traceback(...))) end
local t = {}
function t.field() trace("in a field") end
function t:method() t.field() end
function global() t:method() end
local function loc() global() end
local up = function() loc() end
local function tail() return up() end
local function anon() (function() tail() end)() end
anon()
pcall(anon)
table.sort({1, 2}, function(a, b) trace("in sort") return a < b end);
("x"):gsub("x", function() trace("in gsub") end)
setmetatable({}, {__index = function() trace("in index") end}).x = nil
local _ = setmetatable({}, {__index = function() trace("in index") end}).x
_ = setmetatable({}, {__add = function() trace("in add") end}) + 1
for _ in function() trace("in for") end do end
local co = coroutine.wrap(function() anon() end)
co()
xpcall(function() error "x" end, function(m) trace(m, 1) end)
load("trace = ...; trace('in load')", "=loaded")(trace)
load("local t = ...; t('in text')", "text of the chunk")(trace)
local function deep(n) if n == 0 then trace("deep") else deep(n - 1) end return 1 end
deep(30)
do local c <close> = setmetatable({}, {__close = function() trace("in close") end}) end
