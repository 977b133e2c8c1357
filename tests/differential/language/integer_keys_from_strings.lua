-- No coercion between strings and numbers in indices, in equality, or in for.
local t = {[1] = "integer", ["1"] = "string"} print(t[1], t["1"], t[1.0], t["1.0"], 1 == "1", rawequal(1, "1"))
print(pcall(load "for i = '1', 2 do end")) print(pcall(load "for i = 1, '2' do end")) print(pcall(load "for i = 1, 2, '1' do end"))
print("10" < "9", pcall(load "return 10 < '9'"), "abc" < "abd", "Z" < "a", "" < "a")
