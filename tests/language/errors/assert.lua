print(assert(1, "unused"))  --> 1	unused
print(select("#", assert(1, 2, 3))) --> 3
print(pcall(assert, false)) --> false	assertion failed!
print(pcall(assert, nil, "message")) --> false	message
print(select(2, pcall(assert, false, {1}))[1]) --> 1
assert(false)               --! assertion failed!
