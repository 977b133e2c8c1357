-- Only nil and false are false.
print(not nil, not false)   --> true	true
print(not 0, not "")        --> false	false
if 0 then print "zero" end  --> zero
if "" then print "empty" end --> empty
