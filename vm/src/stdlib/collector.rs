//! `collectgarbage` (manual, section 6.1): its options and their arguments.
//!
//! Not here: what the collector does then (`interp/collect.rs`).

use crate::interp::{NativeResult, Vm};
use dumpfmt::layout::value::Value;

/// The options, and how many integers may follow each.
const OPTIONS: [(&str, usize); 10] = [
    ("stop", 0),
    ("restart", 0),
    ("collect", 0),
    ("count", 0),
    ("step", 1),
    ("setpause", 1),
    ("setstepmul", 1),
    ("isrunning", 0),
    ("generational", 2),
    ("incremental", 3),
];

pub(super) fn collectgarbage(vm: &mut Vm) -> NativeResult {
    let option = vm.check_option(1, Some("collect"), &OPTIONS.map(|(name, _)| name))?;
    let (option, integer_count) = OPTIONS[option];
    let mut integers = [0; 3];
    for (index, integer) in integers.iter_mut().enumerate().take(integer_count) {
        *integer = vm.opt_integer(index as u32 + 2, 0)?;
    }
    if vm.is_finalizing() {
        // A finalizer cannot control the collector that called it.
        return vm.ret(Value::NIL);
    }
    let result = match option {
        "stop" => {
            vm.stop_collector(true);
            Value::integer(0)
        }
        "restart" => {
            vm.stop_collector(false);
            Value::integer(0)
        }
        "collect" => {
            vm.collect_garbage()?;
            Value::integer(0)
        }
        "count" => Value::float(vm.heap_bytes() as f64 / 1024.0),
        "step" => Value::boolean(vm.collect_step(integers[0])?),
        "setpause" => Value::integer(vm.set_collector_pause(integers[0])),
        "setstepmul" => Value::integer(vm.set_collector_multiplier(integers[0])),
        "isrunning" => Value::boolean(vm.is_collector_running()),
        mode => {
            let was_generational = vm.swap_collector_mode(mode == "generational");
            if mode == "incremental" {
                vm.set_collector_parameters(integers);
            }
            return vm.ret_string(if was_generational { b"generational" } else { b"incremental" });
        }
    };
    vm.ret(result)
}
