local function f() error("here") end
print(pcall(f))             --> false	levels.lua:1: here
local function g() error("caller", 2) end
local function h() g() end
print(pcall(h))             --> false	levels.lua:4: caller
print(pcall(error, "x", 1)) --> false	x
print(select(2, pcall(error, 42))) --> 42
