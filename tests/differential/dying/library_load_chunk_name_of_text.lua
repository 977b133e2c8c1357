assert(load("-- a first line\nerror 'in a chunk named by its text'"))()
