local a, b = 1, nil
if a > 1 then print "greater"
elseif b > 1 then print "b greater" end
