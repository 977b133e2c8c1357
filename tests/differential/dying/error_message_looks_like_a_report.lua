error("lua: fake.lua:1: not the real one\nstack traceback:\n\t[C]: in ?", 0)
