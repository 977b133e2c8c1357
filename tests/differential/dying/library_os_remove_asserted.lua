assert(os.remove("/nonexistent/a"))
