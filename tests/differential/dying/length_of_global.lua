return #rows
