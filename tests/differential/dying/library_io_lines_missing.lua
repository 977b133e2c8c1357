for line in io.lines("/nonexistent/file.txt") do print(line) end
