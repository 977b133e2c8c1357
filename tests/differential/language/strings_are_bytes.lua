local s = "\0\255\128abc\0"
print(#s, s:byte(1, -1)) print(s == "\0\255\128abc\0", s == "\0\255\128abc", s < "\0\255\129", "a\0b" ~= "a\0c")
local t = {["a\0b"] = 1, ["a\0c"] = 2} print(t["a\0b"], t["a\0c"], t["a"])
local long = ("x"):rep(41) local other = ("x"):rep(40) .. "x"
print(long == other, ({[long] = "found"})[other], long < other, long .. "a" > other)
