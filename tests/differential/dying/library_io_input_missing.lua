io.input("/nonexistent/file.txt")
