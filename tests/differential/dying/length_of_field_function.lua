local t = {f = print}
return #t.f
