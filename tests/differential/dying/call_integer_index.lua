local stack = {print}
stack[1]("first")
stack[2]("second")
