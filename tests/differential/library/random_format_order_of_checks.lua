-- The modifiers of %a are looked at before its argument, those of %e, %f and %g after it.
for _, conversion in ipairs {'a', 'A', 'e', 'f', 'g', 'd', 'x', 'c', 's', 'p', 'i', 'u'} do
  print(conversion, pcall(string.format, '%220' .. conversion, 'text'))
  print(conversion, pcall(string.format, '%5.200' .. conversion, true))
  print(conversion, pcall(string.format, '%#0-+ ' .. conversion))
end
