local function sign(n)
  if n > 0 then return "positive"
  elseif n < 0 then return "negative"
  else return "zero" end
end
print(sign(3))              --> positive
print(sign(-3))             --> negative
print(sign(0))              --> zero
if nil then print "no" end
if false then elseif true then print "elseif" else end --> elseif
