local function lines(text) local t = {} for l in pairs(debug.getinfo(load(text, "=x"), "L").activelines) do t[#t + 1] = l end table.sort(t) return table.concat(t, " ") end print(lines "return 1") print(lines "local a\nlocal b = 1\n\nreturn a,\nb") print(lines "if x then\n  y()\nelse\n  z()\nend") print(lines "for i = 1, 2 do\n\n  f(i)\nend\n-- end") print(lines "local function f()\n  g()\nend\nf()") print(lines "") print(lines "\n\n") print(lines "while a do\n  if b then\n    break\n  end\nend") local function va(...)
  local a = ...

  return a
end local function fixed(a)
  return a
end for _, f in ipairs {va, fixed} do local t = {} for l in pairs(debug.getinfo(f, "L").activelines) do t[#t + 1] = l - debug.getinfo(f, "S").linedefined end table.sort(t) print(table.concat(t, " ")) end
