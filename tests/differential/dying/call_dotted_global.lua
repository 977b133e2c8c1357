function app() end
config = {start = app}
config.start()
config.stop.all()
