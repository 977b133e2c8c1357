local a, b
return a + b
