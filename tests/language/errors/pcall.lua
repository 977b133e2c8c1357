print(pcall(function() return 1, 2 end)) --> true	1	2
print(pcall(error, "plain"))  --> false	plain
print(pcall(error, "text", 0)) --> false	text
print(pcall(error))           --> false	nil
print(select(2, pcall(error, {code = 1})).code) --> 1
