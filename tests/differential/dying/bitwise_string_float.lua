return "1.5" | 0
