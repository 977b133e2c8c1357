print(#"abc", #"", #"\0\0") --> 3	0	2
print(#{1, 2, 3}, #{})      --> 3	0
print(#{n = 1})             --> 0
local t = {}
for i = 1, 100 do t[i] = i end
print(#t)                   --> 100
t[100] = nil
print(#t)                   --> 99
