local co = coroutine.wrap(function()
  local ok, err = pcall(function()
    local got = coroutine.yield("inside")
    error("after " .. got, 0)
  end)
  return ok, err
end)
print(co())                 --> inside
print(co("resume"))         --> false	after resume
