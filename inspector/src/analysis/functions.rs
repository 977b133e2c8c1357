//! What to call a function, in the words of the reference's traceback.

use crate::model::coroutine::Activation;
use crate::model::dump::Dump;
use crate::model::name::Name;
use crate::model::value::LuaValue;

/// What to call the function of `activation`, whose caller is `caller` (the frame below; `None` at the bottom
/// of a coroutine).
pub fn frame_function(dump: &Dump<'_>, activation: &Activation, caller: Option<&Activation>) -> String {
    if activation.is_bottom() {
        // The program around the runtime.
        return "?".to_owned();
    }
    let address = activation.function.object();
    if let Some(name) = address.and_then(|addr| dump.library_name(addr)) {
        return format!("function '{name}'");
    }
    match caller {
        Some(caller) if caller.is_hooked() => return "hook '?'".to_owned(),
        Some(caller) if caller.is_finalizing() => return "metamethod '__gc'".to_owned(),
        _ => {}
    }
    if let Some(name) = caller.and_then(|caller| name_from_caller(dump, activation, caller)) {
        return name.to_string();
    }
    unnamed(dump, activation.function)
}

/// What to call a function of which only the value is known.
pub fn function_value(dump: &Dump<'_>, value: LuaValue) -> String {
    match value.object().and_then(|addr| dump.library_name(addr)) {
        Some(name) => format!("function '{name}'"),
        None => unnamed(dump, value),
    }
}

/// The name by which its caller calls it.
fn name_from_caller(dump: &Dump<'_>, activation: &Activation, caller: &Activation) -> Option<Name> {
    if activation.is_tail_call() || !caller.is_lua() {
        return None;
    }
    let spot = dump.spot(caller).ok()?;
    let listing = dump.memory.listing(spot.prototype).ok()?;
    let step = listing.code.owner(spot.index)?;
    dump.memory.call_name(&listing, &step)
}

fn unnamed(dump: &Dump<'_>, value: LuaValue) -> String {
    match value {
        LuaValue::Function(addr) => {
            let prototype =
                dump.memory.closure(addr).and_then(|closure| dump.memory.prototype(closure.prototype));
            match prototype {
                Ok(prototype) if prototype.object.line_defined == 0 => "main chunk".to_owned(),
                Ok(prototype) => format!("function <{}>", dump.definition(&prototype)),
                Err(_) => "?".to_owned(),
            }
        }
        LuaValue::Native(addr) => match dump.native_name_at(addr) {
            Some(name) => format!("function '{name}'"),
            None => "?".to_owned(),
        },
        _ => "?".to_owned(),
    }
}
