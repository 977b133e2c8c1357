local function greet(name, greeting) greeting = greeting or defaults.greeting return greeting .. name end
print(greet("Ann", "Hello "))
greet("Bob")
