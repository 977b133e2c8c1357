--# needs lua-messagepack
-- MessagePack packs values into bytes and unpacks them, in each of its modes.
require "sorted_pairs"
local mp = require "MessagePack"
local function hex(text) return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local values = {nil, true, false, 0, 1, -1, 127, 128, 255, 256, 65535, 65536, 2^31 | 0, 2^32 | 0, 2^53 | 0, math.maxinteger, math.mininteger, -32, -33, -128, -129, -32769, 0.5, -1.5, 1e300, math.huge, "", "short", ("x"):rep(40), ("y"):rep(300), ("z"):rep(70000), {}, {1, 2, 3}, {a = 1, b = {c = {}}}}
for i = 1, 34 do
  local packed = mp.pack(values[i])
  local back = mp.unpack(packed)
  print(i, #packed, hex(packed:sub(1, 24)), math.type(back) or type(back), type(back) == "table" and #back or type(back) == "string" and #back or back)
end
for _, mode in ipairs {"string", "string_compat", "binary"} do mp.set_string(mode) print(mode, hex(mp.pack "abc")) end
for _, mode in ipairs {"unsigned", "signed"} do mp.set_integer(mode) print(mode, hex(mp.pack(200)), hex(mp.pack(-200))) end
for _, mode in ipairs {"float", "double"} do mp.set_number(mode) print(mode, hex(mp.pack(1.1)), mp.unpack(mp.pack(1.1))) end
for _, mode in ipairs {"without_hole", "with_hole", "always_as_map"} do mp.set_array(mode) print(mode, hex(mp.pack {1, nil, 3})) end
for position, value in mp.unpacker(mp.pack(1) .. mp.pack "two" .. mp.pack {3}) do print(position, type(value)) end
for _, bad in ipairs {"\xc1", "\xcd\x01", "\xa5ab", "", "\x93\x01"} do print(hex(bad), pcall(mp.unpack, bad)) end
print(pcall(mp.unpack, mp.pack(1) .. "x"), pcall(mp.pack, print), pcall(mp.unpack, 5), pcall(mp.set_string, "odd"))
