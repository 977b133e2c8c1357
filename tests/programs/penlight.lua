--# needs lua-penlight
-- Penlight: the modules that make text and data of one another.
require "sorted_pairs"
local try = require "try"

local pl = require "pl.import_into"()

-- Printing and reading tables.
local data = {name = "Ann", list = {1, 2.5, "three", {}}, ["odd key"] = true, nested = {deep = {deeper = {}}}}
try(function() return pl.pretty.write(data) end)
try(function() return pl.pretty.write(data, "") end)
try(function() return pl.pretty.read(pl.pretty.write(data)).nested.deep.deeper ~= nil, pl.pretty.read "{os.exit()}", pl.pretty.load "a = 1; b = {2}".b[1] end)
try(function() return pl.pretty.number(12345678, "M"), pl.pretty.number(1536, "T"), pl.pretty.number(1234567, "N", 2) end)

-- Classes.
local Animal = pl.class()
function Animal:_init(name) self.name = name end
function Animal:__tostring() return self.name .. ": " .. self:speak() end
local Cat = pl.class(Animal)
function Cat:_init(name, lives) self:super(name); self.lives = lives or 9 end
function Cat:speak() return "meow " .. self.lives end
local felix = Cat("Felix", 7)
try(function() return felix, felix:is_a(Animal), Cat:class_of(felix), Animal:class_of(felix), felix.gone end)
try(function() return pl.class.properties ~= nil, pcall(Cat) end)

-- Lists, sets, maps, sequences, functions.
local List, Set, OrderedMap = pl.List, pl.Set, pl.OrderedMap
try(function() return List {3, 1, 2}:sort():map("+", 1):filter(function(x) return x > 2 end), List.range(1, 10):slice(2, -3), List "abc":reverse() end)
try(function() return List {1, 2, 3, 4}:partition(function(x) return x % 2 end)[1], List.split("a,b,,c", ","), List {1, 2} .. List {3}, List {1, 2} == List {1, 2} end)
try(function() return pcall(List.range, "x"), pcall(function() return List {1, 2}:pop(2) end) end)
try(function() return Set {1, 2, 3} * Set {2, 3, 4}, #(Set {"a"} + Set {"b"}), Set {1} < Set {1, 2}, Set.issubset(Set {9}, Set {1}) end)
local map = OrderedMap()
map:set("z", 1); map:set("a", 2); map:insert(1, "m", 0)
try(function() return map, map:keys(), map:values() end)
try(function() return pl.tablex.deepcompare({1, {2, {3}}}, {1, {2, {3}}}), pl.pretty.write(pl.tablex.zip({1, 2, 3}, {"a", "b", "c"}), "") end)
try(function() return pl.pretty.write(pl.tablex.reduce("+", {1, 2, 3, 4})), pl.tablex.find({"x", "y"}, "y"), pl.pretty.write(pl.tablex.merge({a = 1, b = 2}, {b = 3, c = 4}, true), "") end)
try(function() return pl.seq {1, 2, 3}:map "tostring":copy(), pl.seq.sum {1, 2, 3.5}, pl.seq.minmax {4, 2, 8} end)
local _1, _2 = pl.func._1, pl.func._2
try(function() return pl.tablex.map(_1 * 2 + 1, {1, 2, 3})[3], pl.func.compile(_1 + _2)(3, 4), tostring(_1 + _2 * 3) end)
for a in pl.permute.order_iter {1, 2, 3} do io.write(table.concat(a), " ") end
print()
for c in pl.comprehension and pl.List(pl.comprehension.new() "x^2 for x=1,5 if x % 2 == 1"()):iter() do io.write(c, " ") end
print()

-- Text.
local stringx = pl.stringx
stringx.import()
try(function() return ("  padded "):strip() .. "|", ("a,b,c"):split ",", ("word"):center(11, "*"), ("x"):ljust(3) .. "|", ("one two"):title(), ("abcabc"):rfind "b" end)
try(function() return ("a\nb\nc"):splitlines(), ("k=v=w"):partition "=", ("k=v=w"):rpartition "=", ("1\t2"):expandtabs(4), ("aXbX"):replace("X", "--", 1), ("text"):isalpha(), ("12"):isdigit() end)
try(function() return stringx.quote_string 'a "quoted" ]] text', ("a long line of words that is wrapped"):wrap(12), stringx.fill("so many words in here", 8) end)
try(function() return pcall(stringx.strip, nil) end)
try(function() return pl.text.dedent "    one\n      two\n    three", pl.text.indent("a\nb", 2, "-") end)
try(function() return pl.text.Template("${who} owes $what"):substitute {who = "Bob", what = 12}, pcall(pl.text.Template("${gone}").substitute, pl.text.Template("${gone}"), {}) end)
print(pl.template.substitute([[
# for i, item in ipairs(items) do
<li class="$(i % 2 == 0 and "even" or "odd")">$(item)</li>
# end
# if #items > 2 then
many
# end
]], {items = {"a", "b", "c"}, ipairs = ipairs}))
try(function() return pl.template.substitute("# for\n", {}) end)
try(function() return pl.template.substitute("$(nothing.at_all)\n", {}) end)

-- Lexers and parsers of small languages.
for token, value in pl.lexer.lua('local s = "x\\n" .. 0x1F -- note\nreturn s ~= nil', {space = true}) do io.write(token, "<", tostring(value), "> ") end
print()
for token, value in pl.lexer.cpp 'int main() { return 1.5e3 + "s"; } // c' do io.write(token, " ", tostring(value), "; ") end
print()
local scanned = pl.lexer.scan "alpha = 10"
try(function() return scanned(), scanned(), scanned() end)
try(function() return pl.sip.match("$v{name}=$d{count} $r", "total=42 rest of it", {}), pl.pretty.write(select(2, pcall(function() local t = {}; pl.sip.match("$v{name}=$d{count} $r{rest}", "total=42 rest of it", t) return t end)), "") end)
try(function() return pl.pretty.write(pl.config.read(pl.stringio.open "# note\n[server]\nport = 80\nhosts = a,b,c\n[paths]\nhome=/root\n")) end)
try(function() return pl.data.read(pl.stringio.open "name,age,city\nAnn,31,Rome\nBob,29,Oslo\nCyd,45,Lima\n"):select "name,age where age > 30 sort by name":next() end)
local query = pl.data.read(pl.stringio.open "n\tv\n1\t10\n2\t20\n")
try(function() return query.fieldnames, query:column_by_name "v", pl.pretty.write(query[2], "") end)
try(function() return pl.xml.parse '<a x="1"><b>text</b><c/></a>', pl.xml.parse '<a x="1"><b>te&amp;xt</b></a>':get_elements_with_name "b"[1]:get_text() end)
try(function() return pl.xml.tostring(pl.xml.elem("doc", {pl.xml.elem("p", "one"), pl.xml.elem("p", {id = "x", "two"})}), "", "  ") end)
print(pl.pretty.write(pl.lapp and pl.lapp [[
Tests lapp
  -v,--verbose          says more
  -o,--output (default "out.txt")  where to
  -n,--number (number default 3)   how many
  <files...> (default "none")
]], ""))
try(function() return pl.Date and pl.Date {year = 2024, month = 2, day = 28}:add {day = 2}:tostring(), pl.Date {year = 2024, month = 1, day = 1}:last_day(), pl.Date.Format "yyyy-mm-dd":parse "2023-11-05" end)
try(function() return pl.url and pl.url.quote "a b&c/d?", pl.url.unquote "a%20b" end)
try(function() return pl.strict and pcall(function() pl.strict.module("m", {a = 1}).b() end) end)
try(function() return pl.types.type(felix), pl.types.is_callable(Cat), pl.types.is_empty "", pl.types.to_bool "yes", pl.utils.escape "a.b[c]" end)
try(function() return pcall(pl.utils.assert_arg, 2, 5, "string"), pl.utils.executeex "printf out; printf err >&2; exit 3" end)
try(function() return pl.array2d and pl.pretty.write(pl.array2d.map("*", {{1, 2}, {3, 4}}, 2), ""), pl.array2d.column({{1, 2}, {3, 4}}, 2)[2] end)
try(function() return pl.compat.lua51, pl.compat.jit, pl.app.platform() end)
