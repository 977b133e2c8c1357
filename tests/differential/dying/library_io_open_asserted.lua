local file = assert(io.open("/nonexistent/directory/file.txt"))
