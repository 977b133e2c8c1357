print(type(debug.setcstacklimit(200)))
debug.setcstacklimit()
