-- A string longer than a short one is no constant operand; its name is told all the same.
local t = {}
t.a_field_with_a_name_that_is_longer_than_forty_characters_in_all = {}
print(t.a_field_with_a_name_that_is_longer_than_forty_characters_in_all.x)
return t.another_field_with_a_name_that_is_longer_than_forty_characters.x
