-- Calls a function and prints what comes of it, be it an error.
return function(work)
  local results = table.pack(pcall(work))
  for i = 1, results.n do results[i] = tostring(select(2, pcall(tostring, results[i]))) end
  print(table.concat(results, "\t"))
end
