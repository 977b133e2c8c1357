--# needs lua-ldoc lua-penlight
-- ldoc with a configuration: markdown in comments, types, tables, a readme, an example, and what it warns of.
local function write(name, text)
  local file <close> = assert(io.open(name, "w"))
  file:write(text)
end

write("config.ld", [[
project = "Shapes"
title = "Shapes and their areas"
format = "markdown"
topics = "readme.md"
examples = "example.lua"
file = {"shapes.lua"}
dir = "doc"
all = true
new_type("macro", "Macros")
]])
write("readme.md", "# Shapes\n\nText with `code`, *stress* and a [link](http://example.org).\n\n- one\n- two\n\n    indented()\n")
write("example.lua", 'local shapes = require "shapes"\nprint(shapes.circle(2):area()) -- a comment\n')
write("shapes.lua", [==[
--- Shapes of the plane.
-- More about **them**: see @{Circle} and `rectangle`.
-- @module shapes
-- @author Somebody
-- @license public domain
local shapes = {}

--- A circle.
-- @type Circle
local Circle = {}
Circle.__index = Circle

--- The area.
-- @treturn number the area
-- @usage print(circle:area())
function Circle:area() return math.pi * self.radius ^ 2 end

--- Scales it.
-- @number factor by how much
-- @param[opt=true] keep whether the centre stays
-- @raise when the factor is negative
function Circle:scale(factor, keep) self.radius = self.radius * factor end

--- @section end

--- Makes a circle.
-- @number radius its radius
-- @tparam ?table|string options how to draw it
-- @return[1] a @{Circle}
-- @return[2] nil
-- @return[2] a message
function shapes.circle(radius, options) return setmetatable({radius = radius}, Circle) end

--- Makes a rectangle.
-- @param width one side
-- @param height the other
-- @param nonsense there is no such parameter
-- @see circle
function shapes.rectangle(width, height) return {width, height} end

--- Defaults.
-- @table defaults
-- @field radius the radius
-- @field name its name
shapes.defaults = {radius = 1, name = "unit"}

--[[--
A macro of this project.
@macro AREA
@param x of what
]]

return shapes
]==])
require "still_clock"
arg = {[0] = "ldoc", "."}
dofile "/usr/bin/ldoc"
