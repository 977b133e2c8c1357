for p, c in utf8.codes("ab\xffcd") do print(p, c) end
