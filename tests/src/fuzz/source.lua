-- The bytes as a chunk in source form.
return function(data)
  local loaded, message = load(data, "=chunk", "t")
  return loaded and "a function" or message
end
