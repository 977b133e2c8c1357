local user = {}
print(string.upper(user.name))
