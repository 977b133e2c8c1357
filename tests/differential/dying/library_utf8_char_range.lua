print(#utf8.char(0x7FFFFFFF))
utf8.char(0x80000000)
