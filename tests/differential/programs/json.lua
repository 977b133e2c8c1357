local function encode(v)
  local t = type(v)
  if t == "table" then
    if #v > 0 or next(v) == nil then local o = {} for i, x in ipairs(v) do o[i] = encode(x) end return "[" .. table.concat(o, ",") .. "]" end
    local keys = {} for k in pairs(v) do keys[#keys + 1] = k end table.sort(keys)
    for i, k in ipairs(keys) do keys[i] = ("%q:%s"):format(k, encode(v[k])) end
    return "{" .. table.concat(keys, ",") .. "}"
  elseif t == "string" then return '"' .. v:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"' end
  return tostring(v)
end
local function decode(s)
  local pos = 1
  local function fail(m) error(m .. " at " .. pos, 0) end
  local function skip() pos = s:find("%S", pos) or #s + 1 end
  local value
  local function list(close, item) local out = {} pos = pos + 1 skip() if s:sub(pos, pos) == close then pos = pos + 1 return out end
    while true do item(out) skip() local c = s:sub(pos, pos) pos = pos + 1 if c == close then return out elseif c ~= "," then fail("unexpected '" .. c .. "'") end end end
  function value()
    skip() local c = s:sub(pos, pos)
    if c == "{" then return list("}", function(o) skip() local k = value() skip() if s:sub(pos, pos) ~= ":" then fail "colon expected" end pos = pos + 1 o[k] = value() end)
    elseif c == "[" then return list("]", function(o) o[#o + 1] = value() end)
    elseif c == '"' then local e = s:find('"', pos + 1, true) or fail "unfinished string" local r = s:sub(pos + 1, e - 1):gsub("\\u(%x%x%x%x)", function(h) return string.char(tonumber(h, 16)) end) pos = e + 1 return r end
    for word, v in pairs {["true"] = true, ["false"] = false} do if s:sub(pos, pos + #word - 1) == word then pos = pos + #word return v end end
    local n = s:match("^-?%d+%.?%d*[eE]?[+-]?%d*", pos) if not n then fail "value expected" end pos = pos + #n return tonumber(n)
  end
  return value()
end
local text = encode {name = "x\n\"y\"", list = {1, 2.5, {}, {a = true}}, nested = {deep = {deeper = {-1e100}}}}
print(text) print(encode(decode(text)) == text)
for _, bad in ipairs {"", "[1,", "{\"a\" 1}", "[1 2]", "\"abc", "nope"} do print(pcall(decode, bad)) end
