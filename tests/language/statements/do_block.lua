local x = 1
do
  local x = x + 1
  print(x)                  --> 2
  do local x = "inner" print(x) end --> inner
end
print(x)                    --> 1
do end ; ;; print "semicolons" --> semicolons
