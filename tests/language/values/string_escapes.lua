print("a\tb")               --> a	b
print("\65\066\x43\u{44}")  --> ABCD
print("x\z
       y")                  --> xy
print('single "double"')    --> single "double"
print("tab" .. #"\0\r\n")   --> tab3
print("back\\slash")        --> back\slash
print("\u{20AC}" == "\xE2\x82\xAC") --> true
