warn("@on")
warn("one ", 2, " three")
warn("bad", {})
