local t = {}
if t.age < 18 then print "young" end
