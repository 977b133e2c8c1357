use super::*;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

fn new() -> Runtime {
    Runtime::new(&Options::default()).expect("a runtime")
}

#[track_caller]
fn eval(lua: &mut Lua<'_>, text: &str) -> Vec<Value> {
    let chunk = lua.load(text, "=test").expect("a chunk");
    lua.call(&chunk, &[]).expect("no error")
}

#[track_caller]
fn fail(lua: &mut Lua<'_>, text: &str) -> Error {
    let chunk = lua.load(text, "=test").expect("a chunk");
    lua.call(&chunk, &[]).expect_err("an error")
}

#[test]
fn values_come_back_as_they_went() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let table = lua.new_table().unwrap();
    let same = lua.load("return ...", "=same").unwrap();
    let values = [
        Value::Nil,
        true.into(),
        7.into(),
        0.5.into(),
        Value::from(&b"a\0\xff"[..]),
        Value::from(&table),
        Value::from(&same),
    ];
    assert_eq!(lua.call(&same, &values).unwrap(), values);
    let other = eval(&mut lua, "return coroutine.create(print)");
    assert_eq!(other[0].type_name(), "thread");
    assert_eq!(lua.call(&same, &other).unwrap(), other);
}

#[test]
fn what_a_host_holds_survives_and_what_it_lets_go_does_not() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let held =
        eval(&mut lua, "gone = setmetatable({}, {__mode = 'v'}); local t = {x = 1}; gone[1] = t; return t");
    lua.collect().unwrap();
    let table = held[0].as_table().unwrap().clone();
    drop(held);
    assert_eq!(lua.get(&table, "x").unwrap(), Value::Integer(1));
    drop(table);
    // The next value that is held gives the places back.
    lua.new_table().unwrap();
    lua.collect().unwrap();
    assert_eq!(eval(&mut lua, "return gone[1]"), [Value::Nil]);
}

#[test]
fn places_are_used_again() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    for _ in 0..10_000 {
        lua.new_table().unwrap();
    }
    assert!(lua.vm.host.last_place < 10, "{}", lua.vm.host.last_place);
}

#[test]
fn a_value_of_another_runtime_is_refused() {
    let (mut one, mut other) = (new(), new());
    let table = one.lua().new_table().unwrap();
    let mut lua = other.lua();
    assert_eq!(lua.set_global("x", &table).unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(lua.get(&table, 1).unwrap_err().kind(), ErrorKind::Misuse);
    let function = one.lua().load("return 1", "=x").unwrap();
    assert_eq!(lua.call(&function, &[]).unwrap_err().kind(), ErrorKind::Misuse);
    lua.register("smuggle", move |_, _| Ok(vec![Value::from(&table)])).unwrap();
    let error = fail(&mut lua, "smuggle()");
    assert_eq!(error.message(), "test:1: a value of one runtime cannot be used in another");
}

#[test]
fn functions_of_the_host_go_when_lua_lets_go() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let alive = Rc::new(());
    let inside = Rc::clone(&alive);
    lua.register("f", move |_, _| Ok(vec![Value::Integer(Rc::strong_count(&inside) as i64)])).unwrap();
    assert_eq!(eval(&mut lua, "return f()"), [Value::Integer(2)]);
    eval(&mut lua, "f = nil");
    lua.new_table().unwrap();
    lua.collect().unwrap();
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[test]
fn errors_go_through_the_host_and_keep_their_value() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    lua.register("through", |lua, arguments| lua.call(arguments[0].clone(), &[])).unwrap();
    lua.register("refuse", |_, _| Err(Error::new("refused"))).unwrap();
    lua.register("table_error", |lua, _| Err(Error::with_value(lua.new_table()?.into()))).unwrap();
    assert_eq!(
        eval(
            &mut lua,
            "local e = {}; local ok, v = pcall(through, function() error(e) end); return ok, v == e"
        ),
        [false.into(), true.into()]
    );
    let refused = eval(&mut lua, "return select(2, pcall(function() refuse() end))");
    assert_eq!(refused[0].as_str(), Some("test:1: refused"));
    assert_eq!(eval(&mut lua, "return type(select(2, pcall(table_error)))")[0].as_str(), Some("table"));
    let error = fail(&mut lua, "local function f() local x; x.y = 1 end\nthrough(f)");
    assert_eq!(error.message(), "test:1: attempt to index a nil value (local 'x')");
    let traceback = error.traceback().unwrap().into_owned();
    assert!(
        traceback.contains("in function <test:1>") && traceback.contains("in function 'through'"),
        "{traceback}"
    );
    // The stack is as it was: the runtime goes on.
    assert_eq!(eval(&mut lua, "return 1 + 1"), [Value::Integer(2)]);
}

#[test]
fn an_error_closes_what_was_open() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let error = fail(
        &mut lua,
        "local x <close> = setmetatable({}, {__close = function(_, e) closed = e end}); error('why', 0)",
    );
    assert_eq!(error.value().as_str(), Some("why"));
    assert_eq!(lua.global("closed").unwrap().as_str(), Some("why"));
}

#[test]
fn a_handler_sees_an_uncaught_error_once() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let handler = lua
        .new_function("handler", |_, arguments| {
            let message = arguments[0].as_str().unwrap_or("?").to_string();
            Ok(vec![format!("<{message}>").into()])
        })
        .unwrap();
    let chunk = lua.load("pcall(error, 'caught'); through(function() error('out', 0) end)", "=test").unwrap();
    lua.register("through", |lua, arguments| lua.call(arguments[0].clone(), &[])).unwrap();
    let error = lua.with_handler(&handler, |lua| lua.call(&chunk, &[])).unwrap().unwrap_err();
    assert_eq!(error.message(), "<out>");
}

#[test]
fn chunks_that_are_none() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    assert_eq!(lua.load("x = = 1", "=t").unwrap_err().kind(), ErrorKind::Syntax);
    assert_eq!(lua.load("if x then", "=t").unwrap_err().kind(), ErrorKind::Incomplete);
    let missing = lua.load_file(Path::new("/no/such/file.lua")).unwrap_err();
    assert_eq!(missing.message(), "cannot open /no/such/file.lua: No such file or directory");
    let folder = lua.load_file(Path::new("/")).unwrap_err();
    assert_eq!(folder.message(), "cannot read /: Is a directory");
}

#[test]
fn tables_are_walked_without_metamethods() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let table = eval(
        &mut lua,
        "return setmetatable({10, 20, k = 'v'}, {__index = error, __len = function() return 9 end})",
    );
    let table = table[0].as_table().unwrap();
    let (mut key, mut seen) = (Value::Nil, Vec::new());
    while let Some((next, value)) = lua.next(table, key).unwrap() {
        seen.push(value);
        key = next;
    }
    assert_eq!(seen, [10.into(), 20.into(), Value::from("v")]);
    assert_eq!(lua.next(table, "absent").unwrap_err().kind(), ErrorKind::Raised);
    assert_eq!(lua.length(table).unwrap(), 9);
    assert_eq!(lua.raw_get(table, "absent").unwrap(), Value::Nil);
    assert!(lua.raw_set(table, Value::Nil, 1).is_err());
    assert!(lua.get(table, "absent").is_err());
}

#[test]
fn finalizers_run_a_few_at_a_time_unless_a_collection_was_asked_for() {
    let kill = "local finalized, held = 0, {}
        local mortal = { __gc = function() finalized = finalized + 1 end }
        collectgarbage 'stop'
        for index = 1, 2000 do held[index] = setmetatable({}, mortal) end
        held = nil
        collectgarbage 'restart'\n";
    let mut runtime = new();
    let mut lua = runtime.lua();
    let wait = "local most, before, made = 0, finalized, 0
        while finalized < 2000 and made < 1e6 do
            local _ = {}
            made = made + 1
            if finalized - before > most then most = finalized - before end
            before = finalized
        end
        return finalized, most > 0 and most <= 256, made < 1e5";
    assert_eq!(eval(&mut lua, &format!("{kill}{wait}")), [2000.into(), true.into(), true.into()]);
    let ask = "collectgarbage() return finalized";
    assert_eq!(eval(&mut lua, &format!("{kill}{ask}")), [2000.into()]);
}

#[test]
fn the_heap_limit_is_an_error_like_others() {
    let mut runtime = Runtime::new(&Options { heap_bytes_max: Some(4 << 20), ..Options::default() }).unwrap();
    let mut lua = runtime.lua();
    let error = fail(&mut lua, "local t = {} for i = 1, 1e9 do t[i] = {} end");
    assert_eq!((error.kind(), &*error.message()), (ErrorKind::Memory, "not enough memory"));
    assert!(error.traceback().is_some());
    lua.collect().unwrap();
    assert_eq!(eval(&mut lua, "return 1"), [Value::Integer(1)]);
    let tiny = Runtime::new(&Options { heap_bytes_max: Some(1000), ..Options::default() });
    assert!(tiny.is_err());
}

#[test]
fn errors_of_callbacks_leave_the_loop_or_are_told() {
    let timers = "local uv = require 'uv'
        for i = 1, 2 do uv.new_timer():start(0, 0, function() error('tick ' .. i, 0) end) end";
    let mut runtime = new();
    let mut lua = runtime.lua();
    eval(&mut lua, timers);
    assert_eq!(lua.run_loop().unwrap_err().message(), "tick 1");
    assert_eq!(lua.run_loop().unwrap_err().message(), "tick 2");
    let told = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&told);
    lua.on_callback_error(move |_, error| heard.borrow_mut().push(error.message().into_owned()));
    eval(&mut lua, timers);
    lua.run_loop().unwrap();
    assert_eq!(*told.borrow(), ["tick 1", "tick 2"]);
}

#[test]
fn a_panic_of_the_host_breaks_the_runtime_and_nothing_else() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    lua.register("f", |_, _| panic!("a bug of the host")).unwrap();
    let chunk = lua.load("pcall(f)", "=test").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| lua.call(&chunk, &[]))).is_err());
    assert_eq!(lua.call(&chunk, &[]).unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(lua.new_table().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn a_runtime_ends_with_its_finalizers() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let ended = Rc::new(Cell::new(0));
    let count = Rc::clone(&ended);
    lua.register("ended", move |_, _| {
        count.set(count.get() + 1);
        Ok(Vec::new())
    })
    .unwrap();
    eval(&mut lua, "a = setmetatable({}, {__gc = ended}); b = setmetatable({}, {__gc = ended})");
    drop(runtime);
    assert_eq!(ended.get(), 2);
}

#[test]
fn tampering_with_what_the_host_holds_is_noticed() {
    let mut runtime = new();
    let mut lua = runtime.lua();
    let table = lua.new_table().unwrap();
    eval(&mut lua, "local kept = debug.getregistry()._HOST; for k in pairs(kept) do kept[k] = 'x' end");
    assert!(lua.get(&table, 1).is_err());
    eval(&mut lua, "debug.getregistry()._HOST = nil; debug.getregistry()._HOST_FUNCTION = 1");
    assert!(lua.get(&table, 1).is_err());
    lua.register("f", |_, _| Ok(Vec::new())).unwrap();
    eval(&mut lua, "f()");
}
