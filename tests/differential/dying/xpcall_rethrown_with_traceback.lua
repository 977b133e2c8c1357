local ok, trace = xpcall(function() local t = nil t.x = 1 end, debug.traceback)
print(trace)
error(trace, 0)
