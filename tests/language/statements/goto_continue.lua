for i = 1, 4 do
  if i % 2 == 0 then goto continue end
  print(i)
  ::continue::
end
--> 1
--> 3
do
  local i = 0
  ::top::
  i = i + 1
  if i < 5 then goto top end
  print(i)                  --> 5
end
