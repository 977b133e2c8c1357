local s = "x"
return s:upper() - 1
