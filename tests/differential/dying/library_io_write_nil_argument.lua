io.write("value: ", nil)
