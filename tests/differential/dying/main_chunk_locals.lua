local a <const> = 5
local b, c = {}, nil
b.x = a
print(b.x)
b.y = c.z
