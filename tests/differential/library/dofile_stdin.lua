print(pcall(dofile))
print(pcall(io.read))
