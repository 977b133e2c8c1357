--# needs lua-unit
-- luaunit runs a suite with successes, failures, errors and skips, in each of its formats.
require "still_clock"
local luaunit = require "luaunit"

TestAccount = {}
function TestAccount:setUp() self.balance = 0 end
function TestAccount:tearDown() self.balance = nil end
function TestAccount:testEmpty() luaunit.assertEquals(self.balance, 0) end
function TestAccount:testTables() luaunit.assertEquals({1, {2, a = 3}}, {1, {2, a = 4}}) end
function TestAccount:testLongLists()
  local a, b = {}, {}
  for i = 1, 30 do a[i], b[i] = i, i == 17 and "x" or i end
  luaunit.assertEquals(a, b)
end
function TestAccount:testErrors() luaunit.assertErrorMsgContains("field 'x'", function() local t; return self.gone.x end) end
function TestAccount:testRaises() return self.gone.x end
function TestAccount:testNear() luaunit.assertAlmostEquals(math.pi, 3.1415, 1e-3) end
function TestAccount:testNearFails() luaunit.assertAlmostEquals(1, 2, 0.5) end
function TestAccount:testItems() luaunit.assertItemsEquals({3, 1, 2}, {1, 2, 3}) end
function TestAccount:testStrings() luaunit.assertStrContains("haystack", "needle") end
function TestAccount:testPatterns() luaunit.assertStrMatches("key=12", "(%w+)=(%d+)") end
function TestAccount:testTypes() luaunit.assertIsTable("no table") end
function TestAccount:testSkipped() luaunit.skip "not today" end
function TestAccount:testSuccess() luaunit.success() end
function TestAccount:testNaN() luaunit.assertNotNaN(0 / 0) end
function TestAccount:testZero() luaunit.assertIsMinusZero(0) end
function TestAccount:testIs() local t = {}; luaunit.assertIs(t, t); luaunit.assertNotIs(t, {}) end
function testAlone() luaunit.assertNotEquals("a", "a") end
function testRecursive() local t = {1}; t.self = t; luaunit.assertEquals(#luaunit.prettystr(t) > 0, true) end

for _, format in ipairs {"text", "tap", "nil", "junit"} do
  for _, options in ipairs {{}, {"--verbose"}, {"--quiet"}, {"--pattern", "Account.testT"}, {"--repeat", "2", "--exclude", "Near"}} do
    print(">", format, table.concat(options, " "))
    local runner = luaunit.LuaUnit.new()
    print(runner:runSuite("--output", format, "--name", "report_" .. #options, table.unpack(options)))
  end
end
for _, value in ipairs {12, 1.5, "text", 'with "quotes"', {}, {1, 2, {3}}, {a = 1, [2] = 3}, true, {{}, {{}}}} do
  print(luaunit.prettystr(value))
end
