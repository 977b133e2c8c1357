error("message", 1.5)
