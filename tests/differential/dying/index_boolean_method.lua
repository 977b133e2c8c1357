local flag = true
flag:toggle()
