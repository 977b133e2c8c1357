debug.setuservalue({}, 1)
