print("\a\b\f\v" == "\7\8\12\11", "\n\r\t" == "\10\13\9", "\\\"\'", '\\\'\"', "\0\00\000" == "\0\0\0", "\x00\xfF" == "\0\255")
print("\u{0}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}" == "\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", #"\u{200000}", #"\u{4000000}", #"\u{0000000041}")
print("a\z
       b\z c", "a\
b", #"\z   ", "\65\066\0670", '\97\0981')
for _, text in ipairs {"'\\'", "'\\q'", "'\\256'", "'\\x1'", "'\\xg0'", "'\\u'", "'\\u{'", "'\\u{}'", "'\\u{41'", "'\\u{80000000}'", "'\\u41'", "'a\nb'", "'a", "\"abc\\", "'\\\r\nx'", "'\\9999'", "'\\z"} do print((select(2, load("return " .. text, "=s")))) end
print(#load "return '\\\r\nx'"(), load "return '\\\r\nx'"() == "\nx", load "return '\\\n\rx'"() == "\nx", load "return '\\\r\rx'")
