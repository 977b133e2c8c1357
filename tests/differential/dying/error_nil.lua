print "an error without a value"
error()
