local t = {}
return -t.balance
