local t = {}
t[1] = ("x"):rep(2.5)
