print(("(a)"):match("%b("))
