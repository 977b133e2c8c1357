local account = {balance = 0}
function account:deposit(n) self.balance = self.balance + n return self end
account:deposit(10):deposit(5)
print(account.balance)      --> 15
print(("x"):rep(3), #("abc"):upper()) --> xxx	3
local s = "text"
print(s:sub(2, 3))          --> ex
print(account:withdraw())   --! attempt to call a nil value (method 'withdraw')
