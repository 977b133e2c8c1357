local list, i = {1, 2}, 1
::top::
print(list[i] + 0)
i = i + 1
goto top
