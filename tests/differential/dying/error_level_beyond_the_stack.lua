error("from nowhere", 50)
