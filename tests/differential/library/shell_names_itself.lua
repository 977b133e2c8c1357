-- The shell tells its errors under the name that it was started by.
io.stderr:write("the shell says: ") io.stderr:flush()
print(os.execute("surely-no-such-command"))
print(io.popen("surely-no-such-command 2>&1; echo $0"):read("a"))
local p = io.popen("exec 2>&1; read line; surely-no-such-command $line", "w")
p:write("word\n")
print(p:close())
