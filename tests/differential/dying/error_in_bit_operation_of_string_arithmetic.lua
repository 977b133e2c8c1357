return ("3" + 0.5) | 1
