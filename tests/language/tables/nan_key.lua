local t = {}
print(t[0/0])               --> nil
print(rawset(t, 1, 2) == t) --> true
t[0/0] = 1                  --! index is NaN
