print([[a]], [==[b]]=]]==], [[
first newline dropped]], [[

second kept]], #[[
]], [=[]]]=], [[\n\65]])
print(load("return [[a\r\nb\rc\n\rd]]")() == "a\nb\nc\nd", load("return [[\r\nx]]")() == "x", load("return [[\n\nx]]")() == "\nx")
for _, text in ipairs {"[[", "[==[ ]=] ]]", "[=", "[=x", "[=[", "--[[", "--[==[ ]]", "[ =[x]=]", "[==\n[x]==]"} do print(select(2, load("return " .. text, "=s"))) end
--[[ a comment ]] print "after a long comment" --[==[ over
several lines ]] ]==] print "and another"
