load(print, 5, "x", {})
load(5)
load({})
