error("level given as a float", 2.0)
