//! Each mechanism that speed comes from, with the heap checked in the middle of its work: between the slices of a
//! collection that has much to mark, and under stress.
//!
//! A program calls `CHECK`, which makes a slice of collection and verifies the heap, and returns what it has come to.

use super::{run_loaded, runtime};
use crate::interp::{NativeResult, Vm, VmOptions};
use dumpfmt::layout::value::Value;

/// Enough that live that marking takes several slices.
const BALLAST: &str = "BALLAST = {} for i = 1, ROUNDS * 200 do BALLAST[i] = {i, {name = 'b' .. i}} end ";

#[track_caller]
fn check(expected: &str, source: &str) {
    for (stress, rounds) in [(false, 30), (true, 3)] {
        let mut vm = runtime(&VmOptions { stress, ..VmOptions::default() }, rounds);
        let check = vm.native("CHECK", slice_and_verify, &[]).unwrap_or_else(|_| panic!("no memory"));
        let globals = vm.globals();
        assert!(vm.raw_set_field(globals, "CHECK", check).is_ok());
        let result = run_loaded(&mut vm, &[BALLAST, source].concat());
        let Ok(text) = vm.to_text(result) else { panic!("a text") };
        assert_eq!(String::from_utf8_lossy(text.bytes()), expected, "stress: {stress}");
        vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
        assert!(vm.collect_garbage().is_ok());
        vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
    }
}

fn slice_and_verify(vm: &mut Vm) -> NativeResult {
    vm.collect_step(1)?;
    vm.verify_heap().unwrap_or_else(|violation| panic!("{violation:?}"));
    vm.ret(Value::TRUE)
}

#[test]
fn everything_at_once() {
    check(
        "true",
        "local kept, n = {}, 0
        local co = coroutine.wrap(function() while true do kept[n % 50 + 1] = {n, {n}} coroutine.yield() end end)
        for i = 1, ROUNDS * 30 do
            n = i
            kept['k' .. i % 300] = setmetatable({}, {__index = kept, __mode = i % 2 == 0 and 'k' or nil})
            kept[i] = function() return kept, i end
            co()
            if i % 30 == 0 then CHECK() end
        end
        return #kept == n",
    );
}

#[test]
fn templates_of_constructors() {
    check(
        "true",
        "local ok, kept = true, {}
        local function node(left, right, name) return { left = left, right = right, name = name, CHECK = CHECK() } end
        for i = 1, ROUNDS do
            local text = 'return { only' .. i .. ' = CHECK(), of_' .. i .. ' = { i = ' .. i .. ' }, [1] = nil }'
            local make = load(text)
            local first, second = make(), make()
            make = nil
            local n = node(node(nil, nil, 'inner' .. i), first, i % 2 == 0 and 'even' or nil)
            kept[i % 7] = n
            ok = ok and CHECK() and n.left.name == 'inner' .. i and n.right['of_' .. i].i == i
                and (n.name == 'even') == (i % 2 == 0) and second['only' .. i] and next(node()) == 'CHECK'
            n.late = second
        end
        return ok",
    );
}

#[test]
fn arithmetic_of_tables() {
    check(
        "true",
        "local Sum = {}
        local function sum(x) return setmetatable({ x = x, kept = { x } }, Sum) end
        Sum.__add = function(a, b, absent) CHECK() return sum(a.x + (type(b) == 'table' and b.x or b)) end
        Sum.__mul = function(a, b) local k = b return function() k = k + a.x return k end end
        Sum.__sub = function(a, b) return coroutine.yield(sum(a.x - b)) end
        local co = coroutine.wrap(function() while true do _ = sum(1) - 1 end end)
        local s = sum(0)
        for i = 1, ROUNDS do s = s + sum(i) + 1 assert((s * i)() == s.x + i and co().x == 0) end
        return s.x == ROUNDS * (ROUNDS + 1) // 2 + ROUNDS and s.kept[1] == s.x",
    );
}

#[test]
fn slots_that_instructions_remember() {
    check(
        "true 3 2 1 nil",
        "local A = {} A.__index = A function A:get() return self.x end
        local B = setmetatable({}, A) B.__index = B
        local ok = true
        local function read(o) return o:get() end
        for i = 1, ROUNDS do
            local o = setmetatable({x = {i}}, i % 2 == 0 and A or B)
            ok = ok and read(o)[1] == i and CHECK()
            function A:get() local t = self.x return t end
            B.get = i % 3 == 0 and function(self) return self.x end or nil
            B['filler' .. i], A['filler' .. i] = {i}, i % 5 ~= 0 and {i} or nil
            B.__index = i % 7 == 0 and function(_, k) return A[k] end or B
        end
        A.get = function() return 3 end B.get, B.__index = function() return 2 end, B
        local last = setmetatable({get = function() return 1 end}, B)
        local a, b = setmetatable({}, A), setmetatable({}, B)
        return tostring(ok) .. ' ' .. read(a) .. ' ' .. read(b) .. ' ' .. read(last) .. ' ' .. tostring(a.none)",
    );
}

#[test]
fn absent_keys_stored() {
    check(
        "true",
        "local ok = true
        for i = 1, ROUNDS do
            local p = {a = {i}}
            p.b = {i} p.c = 'c' .. i p.d = {p} p.e = p
            CHECK()
            p.f = {i} p.b = nil p['key' .. i] = {i} p.b = {i} p.g = function() return p end
            G = {i} _G['G' .. i % 5] = {i}
            CHECK()
            ok = ok and p.a[1] == i and p.b[1] == i and p.c == 'c' .. i and p.d[1] == p and p['key' .. i][1] == i
        end
        return ok",
    );
}

#[test]
fn integer_keys_holes_and_sizes_of_tables() {
    check(
        "true",
        "local ok, queue, first, last, sparse = true, {}, 1, 0, {}
        for i = 1, ROUNDS do
            for j = 1, 5 do last = last + 1 queue[last] = {i} end
            CHECK()
            for j = 1, 4 do ok = ok and queue[first][1] <= i queue[first] = nil first = first + 1 end
            sparse[i * 1000], sparse[-i], sparse[i + 0.5] = {i}, 'n' .. i, {i}
            sparse[(i - 3) * 1000] = nil
            local list = {}
            for j = 40, 1, -1 do list[j] = {j} end
            CHECK()
            for j = 2, 40, 2 do list[j] = nil end
            list.name = {i} list[2^53] = 1
            for j = 1, 80 do list[#list + 1] = {j} end
            ok = ok and list[1][1] == 1 and list[2] and sparse[i * 1000][1] == i and CHECK()
        end
        return ok",
    );
}

#[test]
fn the_table_library() {
    check(
        "true",
        "local ok, list = true, {}
        for i = 1, ROUNDS do
            for j = 1, 20 do table.insert(list, 1 + j % (#list + 1), {key = (i * 7 + j * 13) % 31}) end
            CHECK()
            table.sort(list, function(a, b) return a.key < b.key end)
            table.sort(list, function(a, b) return a.key < b.key and (a.key < 29 or CHECK()) end)
            for j = 2, #list do ok = ok and list[j - 1].key <= list[j].key end
            for j = 1, 19 do table.remove(list, 1 + j % #list) end
            local packed = table.pack(table.unpack(list))
            CHECK()
            table.move(packed, 1, packed.n, 3, list)
            local texts = {}
            for j = 1, 10 do texts[j] = 't' .. i * j end
            ok = ok and #table.concat(texts, ', ') > 10 and CHECK()
            for j = #list, 6, -1 do list[j] = nil end
        end
        return ok",
    );
}

#[test]
fn interned_strings_and_long_ones() {
    check(
        "true",
        "local ok, names = true, {}
        for i = 1, ROUNDS do
            for j = 1, 100 do names['n' .. i .. ':' .. j] = ('v' .. j):rep(j) end
            CHECK()
            local s = ''
            for j = 1, 30 do s = s .. j .. ',' if j % 10 == 0 then CHECK() end end
            s = s:gsub('%d+', function(d) return (d ~= '7' or CHECK()) and '<' .. d .. '>' end)
            ok = ok and names['n' .. i .. ':7'] == ('v7'):rep(7) and s:find('<30>,', 1, true)
            ok = ok and ('%s %d %q'):format(names, i, s):rep(3):len() > 100
            for name in pairs(names) do if name:sub(-1) ~= '7' then names[name] = nil end end
        end
        return ok and true",
    );
}

#[test]
fn calls_closures_and_stacks_that_grow() {
    check(
        "true",
        "local ok = true
        local function down(n, ...)
            if n == 0 then CHECK() return ... end
            return down(n - 1, {n}, ...)
        end
        local function deep(n) local t = {n} local f = function() return t end
            if n > 0 then deep(n - 1) else CHECK() end
            ok = ok and f()[1] == n
        end
        for i = 1, ROUNDS do
            ok = ok and select('#', down(20)) == 20
            deep(i * 10)
            local add, get
            do local count = {0} add = function(by) count = {count[1] + by} end get = function() return count end end
            for j = 1, 10 do add(j) end
            CHECK()
            ok = ok and get()[1] == 55 and math.max(i * 0.5, i // 1 | 0, '7' + i) >= i
        end
        return ok",
    );
}

#[test]
fn coroutines_and_errors() {
    check(
        "true",
        "local ok, alive = true, {}
        for i = 1, ROUNDS do
            local co = coroutine.create(function(a)
                local kept <close> = setmetatable({a}, {__close = function(t) ok = ok and t[1] == a end})
                local b = coroutine.yield(function() return kept end)
                CHECK()
                error({b})
            end)
            local _, get = coroutine.resume(co, i)
            CHECK()
            ok = ok and get()[1] == i
            if i % 3 == 0 then
                local fine, e = coroutine.resume(co, {i})
                ok = ok and not fine and e[1][1] == i and coroutine.close(co) == false
            elseif i % 3 == 1 then ok = ok and coroutine.close(co) else alive[#alive + 1] = co end
            local fine, e = pcall(coroutine.wrap(function() CHECK() error('text' .. i, 0) end))
            ok = ok and not fine and e == 'text' .. i
            ok = ok and select(2, xpcall(function() local t = {} .. i end, function(m) CHECK() return #m > 10 end))
        end
        return ok",
    );
}

#[test]
fn weak_tables_and_finalizers() {
    check(
        "true",
        "local ok, finalized, saved = true, 0, {}
        local cache, notes = setmetatable({}, {__mode = 'v'}), setmetatable({}, {__mode = 'k'})
        for i = 1, ROUNDS do
            local key = {i}
            cache[i], cache['k' .. i], notes[key] = key, {i}, {key}
            setmetatable({i}, {__gc = function(t) finalized = finalized + 1 saved[i % 3] = t CHECK() end})
            CHECK()
            ok = ok and cache[i] == key and notes[key][1] == key
            if i % 10 == 0 then collectgarbage() end
        end
        collectgarbage() collectgarbage()
        return ok and finalized == ROUNDS and next(notes) == nil and #saved <= 2",
    );
}

#[test]
fn chunks_hooks_and_upvalues_joined() {
    check(
        "true",
        "local ok, lines = true, 0
        for i = 1, ROUNDS do
            local chunk = load('local a = ... ; local t = {' .. i .. ', name = \"n' .. i .. '\"}'
                .. ' return function() a = a + 1 CHECK() return a, t end')
            local again = load(string.dump(chunk))
            CHECK()
            local f, g = chunk(i), again(i + 1)
            debug.upvaluejoin(f, 1, g, 1)
            debug.sethook(function() lines = lines + 1 CHECK() end, 'l')
            local a, t = f()
            local b = g()
            debug.sethook()
            ok = ok and a == i + 2 and b == i + 3 and t.name == 'n' .. i and debug.getinfo(f, 'L').activelines[1]
        end
        return ok and lines >= 5 * ROUNDS",
    );
}

#[test]
fn files_and_events() {
    check(
        "true",
        "local ok, uv = true, require('uv')
        for i = 1, ROUNDS do
            local file = assert(io.tmpfile())
            for j = 1, 20 do file:write('line ', j, ' of ', i, '\\n') end
            file:seek('set')
            for line in file:lines() do ok = ok and line:find(' of ' .. i, 1, true) end
            CHECK()
            local fired, timer = {}, uv.new_timer()
            timer:start(0, 0, function() CHECK() fired[#fired + 1] = {i} timer:close() end)
            uv.run()
            ok = ok and fired[1][1] == i and CHECK()
        end
        return ok",
    );
}
