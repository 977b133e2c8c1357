local s = ""
for _, v in ipairs {"a", "b", true, "c"} do s = s .. v end
