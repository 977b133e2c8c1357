local t = {amount = {}}
return 1 << t.amount
