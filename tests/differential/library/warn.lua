warn("off by default")
warn("@on")
warn("a warning") warn("in ", "three ", "pieces")
warn("@unknown control") warn("@off") warn("silent") warn("@on", "not a control") warn "back on?"
warn("@on") warn("end") print(pcall(warn)) print(pcall(warn, 1, {})) print(pcall(warn, nil))
