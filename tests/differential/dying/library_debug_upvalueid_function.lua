print(debug.upvalueid(print, 1))
debug.upvalueid("f", 1)
