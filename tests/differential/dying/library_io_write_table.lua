io.stdout:write("a ", 1, "\n", {}, "never")
