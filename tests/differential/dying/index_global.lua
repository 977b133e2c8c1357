function start() server.listen(80) end
start()
