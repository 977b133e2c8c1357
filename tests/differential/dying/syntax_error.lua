local x = 1
if x then
  print("unfinished"
end
