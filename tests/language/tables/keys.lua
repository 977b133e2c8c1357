local t = {}
t[1.0] = "float one"
t["1"] = "string one"
t[true] = "yes"
t[print] = "function"
print(t[1], t["1"], t[true], t[print]) --> float one	string one	yes	function
t[2^53] = "big"
print(t[2^53 | 0])          --> big
print(next({}), t[nil])     --> nil	nil
t[nil] = 1                  --! index is nil
