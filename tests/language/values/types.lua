print(type(nil))            --> nil
print(type(true))           --> boolean
print(type(1), type(1.5))   --> number	number
print(type("s"))            --> string
print(type({}))             --> table
print(type(print))          --> function
print(type(coroutine.create(print))) --> thread
print(type(io.stdout))      --> userdata
