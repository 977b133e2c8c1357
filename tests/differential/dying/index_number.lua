local count = 10
count.x = 1
