local function three() return 1, 2, 3 end
print(three(), three())     --> 1	1	2	3
print((three()))            --> 1
print(#{three(), three()}, #{three(), (three())}) --> 4	2
print(({three(), three()})[4]) --> 3
