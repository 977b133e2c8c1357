local t = {mask = 1.5}
return ~t.mask
