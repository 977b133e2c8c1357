local flags = {verbose = true}
return flags.verbose * 2
