local s = "word"
return 1 ~ s
