local a, b = true, false
return a > b
