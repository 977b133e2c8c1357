-- Limits of one function: labels, variables, constants, upvalues, functions, jumps.
local function try(name, text, call)
  local _, chunk, message = pcall(load, text, '=x')
  print(name, chunk and 'ok' or message)
  if chunk and call then print(pcall(chunk)) end
end
local function list(n, f, s) local t = {} for i = 1, n do t[i] = f(i) end return table.concat(t, s or ' ') end
for _, n in ipairs { 32767, 32768 } do
  try('labels ' .. n, list(n, function(i) return '::l' .. i .. ':: f()' end))
  try('locals in blocks ' .. n, ('do local a end '):rep(n))
  try('gotos ' .. n, ('goto a '):rep(n) .. '::a::', true)
end
for _, n in ipairs { 199, 200, 201 } do
  try('locals ' .. n, list(n, function(i) return 'local a' .. i end))
  try('locals on a line ' .. n, 'local ' .. list(n, function(i) return 'a' .. i end, ','))
  try('constants among locals ' .. n, list(n, function(i) return 'local a' .. i .. ' <const> = ' .. i end))
  try('parameters ' .. n, 'local function f(' .. list(n, function(i) return 'a' .. i end, ',') .. ') end')
  try('parameters and self ' .. n, 'function t:f(' .. list(n, function(i) return 'a' .. i end, ',') .. ') end')
  try('for variables ' .. n, 'for ' .. list(n - 4, function(i) return 'a' .. i end, ',') .. ' in x do end')
  try('local functions ' .. n, list(n, function(i) return 'local function f' .. i .. '() end' end, '\n'))
  try('loops ' .. n, list(n - 4, function(i) return 'local a' .. i end, '\n') .. '\nfor i = 1, 2 do end')
end
for _, n in ipairs { 254, 255, 256 } do
  local outer = list(150, function(i) return 'local a' .. i end, ' ')
  local inner = list(n - 150, function(i) return 'local b' .. i end, ' ')
  local use = list(150, function(i) return 'x(a' .. i .. ')' end, ' ') .. list(n - 150, function(i) return ' local _ = b' .. i end, '\n')
  try('upvalues ' .. n, outer .. '\nfunction f()\n' .. inner .. '\nreturn function()\n' .. use:gsub('x%((a%d+)%)', 'do local _ = %1 end') .. ' end end')
  try('arguments ' .. n, 'f(' .. list(n, function(i) return 'x' end, ',') .. ')')
  try('results ' .. n, 'return ' .. list(n, function(i) return 'x' end, ','))
  try('targets ' .. n, 'local t = {} return ' .. list(n, function(i) return 'x(1)' end, ','))
  try('concatenation ' .. n, 'return ' .. list(n > 190 and 190 or n, function(i) return 'x' end, '..'))
  try('values ' .. n, 'local a = ' .. list(n, function(i) return 'x' end, ','))
  try('items ' .. n, 'local t = {' .. list(n, function(i) return 'x' end, ',') .. '} return #t', true)
end
for _, n in ipairs { 131072 } do
  try('functions ' .. n, ('f = function() end '):rep(n))
end
for _, n in ipairs { 140000 } do
  try('constants ' .. n, 'local t = {' .. list(n, function(i) return i .. '.5' end, ',') .. '} return #t, t[1], t[#t]', true)
  try('fields ' .. n, 'local t = {' .. list(n, function(i) return 'a' .. i .. '=' .. i end, ',') .. '} return t.a1, t.a' .. n, true)
  try('globals ' .. n, list(n, function(i) return 'b' .. i .. '=' .. i end) .. ' return b1, b' .. n, true)
  try('repeat body ' .. n, 'local a repeat ' .. ('a = 1 '):rep(n) .. ' until a return a', true)
  try('lines ' .. n, ('\n'):rep(n) .. 'error "here"', true)
  try('string ' .. n, 'return #[==[' .. ('x'):rep(n) .. ']==] + #"' .. ('x'):rep(n) .. '"', true)
  try('name ' .. n, 'local ' .. ('x'):rep(n) .. ' = 1; return ' .. ('x'):rep(n), true)
  try('numeral ' .. n, 'return ' .. ('1'):rep(n), true)
  try('comparisons ' .. n // 50, 'local a = 1 return a ' .. ('and a '):rep(n // 1000), true)
end
