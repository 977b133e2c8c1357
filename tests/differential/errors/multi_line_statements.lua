local function try(f) print(select(2, pcall(f))) end local up, t = nil, {}
try(function() local a = 1
  + up
  + 2 end) try(function() return t
  .x
  .y end) try(function() t.a
  .b = 1 end) try(function() up(
    1,
    2
  ) end) try(function() print(
    1,
    up.x,
    2) end) try(function() local s = "a" ..
    "b" ..
    up ..
    "c" end) try(function() return {
    1,
    up.x,
  } end) try(function() if t.x
    .y then end end) try(function() while
    up
    .x do end end) try(function() for i = 1,
    up do
    end end) try(function() for k in
    up
    do end end) try(function() local function f()
      return up.x end
    f()
    end) try(function() t:m(
    1) end) try(function() t
    :m
    (1) end) try(function() return -
    up end) try(function() return #
    up end) try(function() return not
    up.x end) try(function() repeat local x = 1
    until up.x end) try(function() return 1 <
    up end) try(function() return up
    == 1 and
    up.x end) try(function() error(
    "msg",
    1
    ) end) try(function() local a, b =
    1,
    up.x end) try(function() a,
    t.x.y
    = 1, 2 end) try(function() return (function()
      error "nested"
    end)() end) try(function() string.rep(
    nil,
    2) end)
