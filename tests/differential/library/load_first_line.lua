-- Only who reads a file or the standard input skips a byte order mark and a first line with `#`, whatever the
-- chunk is called.
for _, name in ipairs { "@file.lua", "=stdin", "=text", "# comment" } do
  print(load("# comment", name))
  print(load("#!/usr/bin/lua\nreturn 1", name))
  print(load("\xef\xbb\xbfreturn 1", name))
  print(load("# comment\n" .. string.dump(function() end), name))
  local pieces = { "# comment\n", "return 1" }
  print(load(function() return table.remove(pieces, 1) end, name))
end
local file = os.tmpname()
local function try(text)
  io.open(file, "wb"):write(text):close()
  local chunk, message = loadfile(file)
  print(chunk and chunk(), message and message:match(":(%d+:.*)"))
  print(select(2, pcall(dofile, file)))
end
try("# comment")
try("#!/usr/bin/lua\nreturn debug.getinfo(1, 'l').currentline")
try("\xef\xbb\xbfreturn 'after the mark'")
try("\xef\xbb\xbf# comment\nreturn debug.getinfo(1, 'l').currentline")
try("# comment\n" .. string.dump(function() return "binary" end))
os.remove(file)
