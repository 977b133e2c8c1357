local app = {window = {}}
function app:start() self.window:show() end
app:start()
