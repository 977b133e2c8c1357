io.close({})
