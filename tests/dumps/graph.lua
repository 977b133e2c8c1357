-- Cycles, sharing, metatables, integer and odd keys, through the paths of `print`.
--? print sessions[17].user.name => Ann
--? print sessions[17].user.sessions[1].id => 17
--? print sessions[18].user.name => Ann
--? print node.next.next.next.value => 1
--? print settings["two words"] => yes
--? print settings.ratio => 0.5
--? globals => sessions
--? objects => table
--? print counter => function
sessions = {}
local ann = {name = "Ann", sessions = {}}
for id = 17, 19 do
  sessions[id] = {id = id, user = ann}
  ann.sessions[#ann.sessions + 1] = sessions[id]
end

node = {value = 1, next = {value = 2, next = {value = 3}}}
node.next.next.next = node
settings = setmetatable({ratio = 0.5, ["two words"] = "yes", [true] = 1, [2^53] = "big"}, {__index = {hidden = 1}})

local count = 41
function counter() count = count + 1 return count end
counter()
error({code = "E42", at = sessions})
--$
--$ print sessions
--$ print node --json
