-- Prints everything that `root` leads to in a form that depends on nothing but the graph: objects are numbered
-- in the order in which they are first mentioned, keys are sorted, addresses do not occur. The same form is
-- made by `it/format/graph.rs` from the description of the graph, and from a dump.
--
-- What Lua cannot see from outside is told by the program: a closure returns its upvalues as triples (name,
-- label of the variable, value), and `report` has the last yield of each coroutine as such triples (number of
-- the frame, name of the local, value).

local function canonical(root, report)
  local numbers, queue, counts = {}, {}, {}

  local function number(object, prefix)
    if not numbers[object] then
      counts[prefix] = (counts[prefix] or 0) + 1
      numbers[object] = prefix .. counts[prefix]
      if prefix ~= "U" then queue[#queue + 1] = object end
    end
    return numbers[object]
  end

  local function value(v)
    local kind = math.type(v) or type(v)
    if kind == "integer" then return ("%d"):format(v)
    elseif kind == "float" then return ("f%016x"):format((string.unpack("<i8", string.pack("<d", v))))
    elseif kind == "string" then
      return '"' .. v:gsub("[^%w_ ]", function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
    elseif kind == "table" then return number(v, "T")
    elseif kind == "function" then return number(v, "F")
    elseif kind == "thread" then return number(v, "C") end
    return tostring(v)
  end

  local rank = {integer = 1, float = 2, string = 3, boolean = 4, table = 5}
  local function before(a, b)
    local ra, rb = rank[math.type(a) or type(a)], rank[math.type(b) or type(b)]
    if ra ~= rb then return ra < rb end
    if ra == 4 then return b and not a end
    if ra == 5 then return rawget(a, "label") < rawget(b, "label") end
    return a < b
  end

  local print_object = {}

  function print_object.table(t)
    local meta = getmetatable(t)
    print(("%s meta=%s"):format(numbers[t], meta and value(meta) or "none"))
    local keys = {}
    for k in next, t do keys[#keys + 1] = k end
    table.sort(keys, before)
    for _, k in ipairs(keys) do
      local shown = value(k)
      print(("  [%s] = %s"):format(shown, value(rawget(t, k))))
    end
  end

  -- The labels of variables are strings, so a number of theirs cannot be mistaken for an object's.
  print_object["function"] = function(f)
    print(numbers[f])
    local parts = table.pack(f())
    for i = 1, parts.n, 3 do
      local variable = number("variable " .. parts[i + 1], "U")
      print(("  %s %s = %s"):format(parts[i], variable, value(parts[i + 2])))
    end
  end

  function print_object.thread(co)
    print(("%s %s"):format(numbers[co], coroutine.status(co)))
    local locals = report[co] or {n = 0}
    for i = 1, locals.n, 3 do
      print(("  %s %s = %s"):format(locals[i], locals[i + 1], value(locals[i + 2])))
    end
  end

  value(root)
  local next_object = 1
  while queue[next_object] do
    print_object[type(queue[next_object])](queue[next_object])
    next_object = next_object + 1
  end
end
