do local n <close> = nil print "nil is fine" end
do local f <close> = false print "false is fine" end
do local x <close> = 42 end
