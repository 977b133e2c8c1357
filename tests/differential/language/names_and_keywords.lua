local _, _a1, A, a, andy, nilly, iff, END = 1, 2, 3, 4, 5, 6, 7, 8 print(_, _a1, A, a, andy, nilly, iff, END)
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch "%a+" do
  print(word, select(2, load("local " .. word .. " = 1", "=k")), load("return {" .. word .. " = 1}", "=k") == nil, load("return x." .. word, "=k") == nil)
end
local name = ("n"):rep(300) print(load("local " .. name .. " = 5 return " .. name)()) print(load("caf\xC3\xA9 = 1", "=k")) print(load("x = a.b.end", "=k"))
