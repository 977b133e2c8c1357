local Class = {}
Class.__index = Class
function Class:process(x) self:step(x) end
function Class:step(x) if x > 1 then self:process(x - 1) end error("at the bottom") end
setmetatable({}, Class):process(3)
