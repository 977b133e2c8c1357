//! Calls into Lua, and functions that Lua calls.

use super::Lua;
use super::convert::{lift, lower, raise};
use super::error::Error;
use super::value::{Function, Value};
use crate::interp::{HostFunction, NativeResult, Raise, Step, Vm};
use dumpfmt::layout::coroutine::RESULTS_ALL;
use std::rc::Rc;

impl Lua<'_> {
    /// Calls a function, or any value that can be called. An error that nobody in Lua handles ends the call; where
    /// dumps are on it leaves one, taken before anything of the program was undone.
    pub fn call(&mut self, function: impl Into<Value>, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let function = function.into();
        self.check(arguments.iter().chain([&function]))?;
        self.run(|vm| {
            vm.reserve_stack(arguments.len() + 1)?;
            let level = vm.slot_below(0);
            for value in [&function].into_iter().chain(arguments) {
                let raw = lower(vm, value)?;
                vm.push(raw);
            }
            vm.call(arguments.len() as u32, RESULTS_ALL)?;
            let count = (vm.slot_below(0) - level) as u32;
            (0..count)
                .map(|index| {
                    let raw = vm.peek(count - index);
                    lift(vm, raw)
                })
                .collect()
        })
    }

    /// Calls a global function.
    pub fn call_global(&mut self, name: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        let function = self.global(name)?;
        self.call(function, arguments)
    }

    /// A function for Lua to call; tracebacks and dumps call it `name`. It is handed the runtime and its
    /// arguments; what it returns is returned to Lua, or raised there. It goes when Lua lets go of it.
    pub fn new_function<F>(&mut self, name: &str, function: F) -> Result<Function, Error>
    where
        F: Fn(&mut Lua<'_>, &[Value]) -> Result<Vec<Value>, Error> + 'static,
    {
        let function: HostFunction = Rc::new(move |vm| answer(vm, &function));
        self.run(|vm| {
            let raw = vm.host_function(name, function)?;
            vm.keep(raw).map(Function)
        })
    }

    /// Makes a function of the host a global one.
    pub fn register<F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: Fn(&mut Lua<'_>, &[Value]) -> Result<Vec<Value>, Error> + 'static,
    {
        let function = self.new_function(name, function)?;
        self.set_global(name, function)
    }

    /// Runs `work` with a message handler (manual, section 2.3): an error that nobody in Lua handles is handed to
    /// `handler`, where it was raised, and what that returns is the error from then on.
    pub fn with_handler<T>(
        &mut self,
        handler: &Function,
        work: impl FnOnce(&mut Lua<'_>) -> T,
    ) -> Result<T, Error> {
        self.check([&Value::from(handler)])?;
        Ok(self.vm.with_host_handler(&handler.0, |vm| work(&mut Lua { vm })))
    }

    /// Has `tell` told of errors in callbacks of the event loop; the loop then goes on, unless `tell` ends the
    /// process. Without it, such an error ends the loop and comes out of [`Lua::run_loop`], or of `uv.run` where
    /// Lua code has called that.
    pub fn on_callback_error(&mut self, tell: impl Fn(&mut Lua<'_>, Error) + 'static) {
        self.vm.host.callback_failure = Some(Rc::new(move |vm| {
            let report = vm.take_report();
            let mut lua = Lua { vm };
            let error = lua.error(report);
            tell(&mut lua, error);
        }));
    }

    /// Runs `work`; a SIGINT meanwhile raises the error "interrupted!" in what Lua runs or waits for. A second one
    /// does what it does by default: it ends the process. While one runtime is in here, others run `work` as if
    /// they were not.
    pub fn interruptible<T>(&mut self, work: impl FnOnce(&mut Lua<'_>) -> T) -> T {
        self.vm.interruptible(|vm| work(&mut Lua { vm }))
    }

    /// `debug.traceback(message, level)`: what runs, from inside a function of the host, which is level 0.
    pub fn traceback(&mut self, message: Option<&[u8]>, level: usize) -> Vec<u8> {
        let running = self.vm.running();
        self.vm.traceback(running, message, level)
    }
}

/// Calls a function of the host with the arguments that Lua has passed.
fn answer<F>(vm: &mut Vm, function: &F) -> NativeResult
where
    F: Fn(&mut Lua<'_>, &[Value]) -> Result<Vec<Value>, Error>,
{
    let arguments: Result<Vec<Value>, Raise> = (1..=vm.arg_count())
        .map(|number| {
            let raw = vm.arg(number);
            lift(vm, raw)
        })
        .collect();
    let arguments = arguments?;
    let mut lua = Lua { vm };
    let results = match function(&mut lua, &arguments) {
        Ok(results) => match lua.check(&results) {
            Ok(()) => results,
            Err(error) => return Err(raise(vm, error)),
        },
        Err(error) => return Err(raise(vm, error)),
    };
    vm.reserve_stack(results.len())?;
    for value in &results {
        let raw = lower(vm, value)?;
        vm.push(raw);
    }
    Ok(Step::results(results.len() as u32))
}
