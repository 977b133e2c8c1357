local account = {owner = "Bo"}
local function add(a, n) a.balance = a.balance + n end
add(account, 5)
