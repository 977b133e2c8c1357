local text = [[
first newline is dropped]]
print(text)                 --> first newline is dropped
print([==[a]]b]=]c]==])     --> a]]b]=]c
print(#[[

]])                         --> 1
--[[ a long
comment ]] print "after"    --> after
--[==[ another ]] one ]==] print "again" --> again
