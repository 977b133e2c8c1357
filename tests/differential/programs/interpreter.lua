-- A little stack machine, to turn over many kinds of instructions.
local ops = {}
function ops.push(s, v) s[#s + 1] = v end
function ops.add(s) local b, a = table.remove(s), table.remove(s) s[#s + 1] = a + b end
function ops.mul(s) local b, a = table.remove(s), table.remove(s) s[#s + 1] = a * b end
function ops.dup(s) s[#s + 1] = s[#s] end
function ops.swap(s) s[#s], s[#s - 1] = s[#s - 1], s[#s] end
function ops.print(s) print(table.concat(s, " ")) end
function ops.times(s, n, body) for _ = 1, n do for _, i in ipairs(body) do ops[i[1]](s, table.unpack(i, 2)) end end end
local function run(program) local s = {} for n, i in ipairs(program) do local op = ops[i[1]] or error(("instruction %d: no operation %q"):format(n, i[1]), 0) op(s, table.unpack(i, 2)) end return s end
run {{"push", 2}, {"push", 3}, {"add"}, {"dup"}, {"mul"}, {"print"}, {"push", 1.5}, {"swap"}, {"print"}, {"times", 3, {{"dup"}, {"add"}}}, {"print"}}
print(pcall(run, {{"push", 1}, {"jump"}})) print(pcall(run, {{"add"}}))
