local amount = 0.5
return 1 << amount
