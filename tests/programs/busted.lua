--# needs lua-busted
-- busted runs a spec, with every one of its reports.
local file = assert(io.open("account_spec.lua", "w"))
file:write [==[
describe("an account", function()
  local account
  setup(function() print "setup" end)
  teardown(function() print "teardown" end)
  before_each(function() account = {balance = 0, log = {}} end)
  after_each(function() account = nil end)

  local function pay(amount)
    if amount < 0 then error({code = 400, amount = amount}) end
    account.balance = account.balance + amount
    account.log[#account.log + 1] = amount
  end

  it("starts empty", function()
    assert.are.equal(0, account.balance)
    assert.same({}, account.log)
    assert.is_true(#account.log == 0)
    assert.is_nil(account.owner)
    assert.has_no.errors(function() pay(1) end)
  end)

  it("grows", function()
    pay(10) pay(20)
    assert.are.same({10, 20}, account.log)
    assert.are_not.equal(0, account.balance)
    assert.has_error(function() pay(-1) end, {code = 400, amount = -1})
    assert.is.near(30, account.balance + 0.001, 0.01)
    assert.matches("^3%d$", tostring(account.balance))
  end)

  describe("with spies #spies", function()
    it("counts calls", function()
      local s = spy.new(function(x) return x * 2 end)
      assert.equal(4, s(2))
      s(3)
      assert.spy(s).was.called(2)
      assert.spy(s).was.called_with(3)
      assert.spy(s).was_not.called_with(4)
    end)
    it("stubs", function()
      stub(account, "notify").returns("sent")
      assert.equal("sent", account.notify("x", nil))
      assert.stub(account.notify).was.called_with("x", nil)
      account.notify:revert()
      assert.is_nil(account.notify)
    end)
    it("mocks", function()
      local m = mock({open = function() return 1 end}, true)
      assert.is_nil(m.open())
      assert.spy(m.open).was.called()
    end)
  end)

  pending("is audited")
  it("is pending inside", function() pending "later" end)
  it("fails", function() assert.are.same({1, {2, name = "two"}}, {1, {2, name = "three"}}) end)
  it("fails with a message", function() assert.is_true(account.open, "the account is closed") end)
  it("raises", function() local t = nil; return t.field end)
  it("raises a table", function() pay(-5) end)
  insulate("in isolation", function()
    it("does not leak", function() leaked = 1; assert.equal(1, _G.leaked) end)
  end)
  it("has not leaked", function() assert.is_nil(rawget(_G, "leaked")) end)
  it("cleans up", function() finally(function() print "cleaned" end) assert.truthy(account) end)
end)
]==]
file:close()
io.stdout:setvbuf "no"
for _, report in ipairs {"plainTerminal", "utfTerminal", "TAP", "junit", "gtest", "json"} do
  for _, options in ipairs {"", "--verbose --no-coverage", "--list", "--tags=spies --defer-print", "--filter=grows --repeat=2"} do
    print(">", report, options)
    print(os.execute("lua -l still_clock -l sorted_pairs /usr/bin/busted --output=" .. report .. " " .. options .. " account_spec.lua 2>&1"))
  end
end
print(os.execute "lua -l still_clock -l sorted_pairs /usr/bin/busted --help")
print(os.execute "lua -l still_clock -l sorted_pairs /usr/bin/busted --no-such-option 2>&1")
print(os.execute "lua -l still_clock -l sorted_pairs /usr/bin/busted missing_spec.lua 2>&1")
