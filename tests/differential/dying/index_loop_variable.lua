for i = 1, 2 do
  print(i)
  i.x = 1
end
