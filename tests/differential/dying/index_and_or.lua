local a, b = {}, false
print((a or b).x, (b or a).x)
return (b and a).x
