local name = os.tmpname()
local function numbers(text) local f = io.open(name, "w") f:write(text) f:close() f = io.open(name) local t = table.pack(f:read("n", "n", "n", "n", "n")) local rest = f:read "a" f:close() for i = 1, t.n do t[i] = tostring(t[i]) end print(string.format("%q", text), table.concat(t, " "), string.format("%q", rest)) end
numbers "1 2 3 4 5 6"
numbers "1.5 -2 +3 0x10 1e3"
numbers "  \n\t 7\n8"
numbers "1,2"
numbers "0x 5"
numbers "1e 5"
numbers "--5"
numbers ".5 5. ."
numbers "12abc"
numbers ""
numbers "nan inf"
numbers "99999999999999999999 1"
numbers "0x1p4 0x.8 0xA.8p0"
numbers("1" .. ("0"):rep(250))
numbers "+ 1"
numbers "1 2 x 3"
os.remove(name)
