assert(os.rename("/nonexistent/a", "/nonexistent/b"))
