local function risky(n) if n > 2 then error({n = n}) end return n end
for i = 1, 5 do
  local ok, e = pcall(risky, i)
  print(ok, ok and e or e.n)
end
risky(3)
