return "abc" + 1
