local function resource(name)
  return setmetatable({}, {__close = function(_, err) print("close " .. name, err) end})
end
do
  local a <close> = resource "a"
  local b <close> = resource "b"
  print "body"              --> body
end
--> close b	nil
--> close a	nil
do local n <close> = nil; local f <close> = false; print "nil and false need no method" end --> nil and false need no method
