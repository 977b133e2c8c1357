local env = {tostring = tostring}
local f = load("result = tostring(1) .. (name or 'none') return result", "=chunk", "t", env)
print(f(), env.result, result) --> 1none	1none	nil
print(load("return ...", "c")(1, 2)) --> 1	2
print(load("syntax error here")) --> nil	[string "syntax error here"]:1: syntax error near 'error'
print(type(load(function() return nil end))) --> function
