print(collectgarbage("count") > 0)
collectgarbage("everything")
