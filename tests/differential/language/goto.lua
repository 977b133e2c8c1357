do
  local i = 1
  ::loop::
  if i <= 3 then io.write(i, " ") i = i + 1 goto loop end
  print()
end
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto next_i end
    io.write(i, ":", j, " ")
  end
  ::next_i::
end
print()
do goto skip; local x; ::skip:: end
while true do do goto done end end
::done::
repeat local x = 1; if x then goto out end until false
::out:: ::another::
print(load "goto a; local x; ::a:: print(x)")
print(load "::a:: ::a::")
print(load "do ::a:: end goto a")
print(load "repeat goto c; local x; ::c:: until x")
print(load "break")
