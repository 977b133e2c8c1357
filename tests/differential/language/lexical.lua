-- Tokens without blanks between them, comments in odd places, names that look like keywords.
local a=1;local b=2 print(a+b,a..b,a-b,-a- -b)
local and_, end1, _x, x_ = 1, 2, 3, 4 print(and_, end1, _x, x_)
print(--[[inline]]"x"--[==[another]==],--
1)
print(0xep1, 0xe+1, 3 .. 4, 3. ..4)
print("\
newline", '\'', "\"", '\z

   skipped', "\x41\u{48}\u{7FFFFFFF}" == "AH\xFD\xBF\xBF\xBF\xBF\xBF")
print(#"\a\b\f\n\r\t\v\\", "\0651")
do local s = [==[
]]=]==] print(s, #s) end
