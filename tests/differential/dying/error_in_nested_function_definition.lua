local function outer()
  local function middle()
    local function inner() return undefined_value.field end
    return inner() .. ""
  end
  return middle() .. ""
end
outer()
