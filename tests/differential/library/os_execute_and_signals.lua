-- While a command runs, what the terminal's keys send concerns the command alone.
print(os.execute("kill -INT $PPID"))
print(os.execute("kill -QUIT $PPID"))
print(os.execute("kill -INT $$"))
print(os.execute("trap 'exit 5' INT; kill -INT $$"))
for i = 1, 1000 do i = i + 1 end
print("still here")
