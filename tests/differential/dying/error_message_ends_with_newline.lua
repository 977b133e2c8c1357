error("ends with a newline\n", 0)
