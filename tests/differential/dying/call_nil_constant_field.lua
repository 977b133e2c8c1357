local handlers = {}
handlers.on_close("x")
