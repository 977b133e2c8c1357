//! The module `uv`, also called `luv`: the Lua face of the event loop, with luv's names and conventions.
//!
//! Invariant: one table says which functions there are and under what name a handle has them as methods.
//!
//! Not here: the loop itself, which calls nothing (`event_loop`).

mod argument;

mod constants;

mod system;

mod handle;

mod run;

mod timer;

mod turn;

mod stream;

mod tcp;

use crate::event_loop::Kind;
use crate::interp::{NativeFunction, NativeResult, Raise, Table, Vm};
use crate::stdlib::carry;
use dumpfmt::layout::value::Value;
pub use run::run_loop;

/// Which userdata have a function as a method.
#[derive(Clone, Copy)]
enum Of {
    /// None.
    Module,
    /// Every handle, under this name.
    Handle(&'static str),
    /// Every stream, under this name.
    Stream(&'static str),
    /// Handles of this kind, under this name.
    Kind(Kind, &'static str),
    /// Every request, under this name.
    Request(&'static str),
}

use Of::{Handle, Kind as One, Module, Request, Stream};

/// Name in the module, whose method it is, code.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, Of, NativeFunction)] = &[
    ("run", Module, run::run_native),
    ("loop_mode", Module, run::loop_mode),
    ("loop_alive", Module, run::loop_alive),
    ("loop_close", Module, run::loop_close),
    ("stop", Module, run::stop),
    ("backend_fd", Module, run::backend_fd),
    ("backend_timeout", Module, run::backend_timeout),
    ("now", Module, run::now),
    ("update_time", Module, run::update_time),
    ("hrtime", Module, run::hrtime),
    ("sleep", Module, run::sleep),
    ("walk", Module, run::walk),

    ("cancel", Request("cancel"), handle::cancel),
    ("req_get_type", Request("get_type"), handle::request_get_type),

    ("is_active", Handle("is_active"), handle::is_active),
    ("is_closing", Handle("is_closing"), handle::is_closing),
    ("close", Handle("close"), handle::close),
    ("ref", Handle("ref"), handle::reference),
    ("unref", Handle("unref"), handle::unreference),
    ("has_ref", Handle("has_ref"), handle::has_reference),
    ("send_buffer_size", Handle("send_buffer_size"), handle::send_buffer_size),
    ("recv_buffer_size", Handle("recv_buffer_size"), handle::receive_buffer_size),
    ("fileno", Handle("fileno"), handle::fileno),
    ("handle_get_type", Handle("get_type"), handle::get_type),

    ("new_timer", Module, timer::new),
    ("timer_start", One(Kind::Timer, "start"), timer::start),
    ("timer_stop", One(Kind::Timer, "stop"), timer::stop),
    ("timer_again", One(Kind::Timer, "again"), timer::again),
    ("timer_set_repeat", One(Kind::Timer, "set_repeat"), timer::set_repeat),
    ("timer_get_repeat", One(Kind::Timer, "get_repeat"), timer::get_repeat),
    ("timer_get_due_in", One(Kind::Timer, "get_due_in"), timer::get_due_in),

    ("new_idle", Module, turn::new_idle),
    ("idle_start", One(Kind::Idle, "start"), turn::idle_start),
    ("idle_stop", One(Kind::Idle, "stop"), turn::idle_stop),
    ("new_prepare", Module, turn::new_prepare),
    ("prepare_start", One(Kind::Prepare, "start"), turn::prepare_start),
    ("prepare_stop", One(Kind::Prepare, "stop"), turn::prepare_stop),
    ("new_check", Module, turn::new_check),
    ("check_start", One(Kind::Check, "start"), turn::check_start),
    ("check_stop", One(Kind::Check, "stop"), turn::check_stop),

    ("listen", Stream("listen"), stream::listen),
    ("accept", Stream("accept"), stream::accept),
    ("read_start", Stream("read_start"), stream::read_start),
    ("read_stop", Stream("read_stop"), stream::read_stop),
    ("write", Stream("write"), stream::write),
    ("try_write", Stream("try_write"), stream::try_write),
    ("shutdown", Stream("shutdown"), stream::shutdown),
    ("is_readable", Stream("is_readable"), stream::is_readable),
    ("is_writable", Stream("is_writable"), stream::is_writable),
    ("stream_set_blocking", Stream("set_blocking"), stream::set_blocking),
    ("stream_get_write_queue_size", Stream("get_write_queue_size"), stream::get_write_queue_size),

    ("new_tcp", Module, tcp::new),
    ("tcp_open", One(Kind::Tcp, "open"), tcp::open),
    ("tcp_nodelay", One(Kind::Tcp, "nodelay"), tcp::nodelay),
    ("tcp_keepalive", One(Kind::Tcp, "keepalive"), tcp::keepalive),
    ("tcp_simultaneous_accepts", One(Kind::Tcp, "simultaneous_accepts"), tcp::simultaneous_accepts),
    ("tcp_bind", One(Kind::Tcp, "bind"), tcp::bind),
    ("tcp_getsockname", One(Kind::Tcp, "getsockname"), tcp::getsockname),
    ("tcp_getpeername", One(Kind::Tcp, "getpeername"), tcp::getpeername),
    ("tcp_connect", One(Kind::Tcp, "connect"), tcp::connect),
    ("tcp_write_queue_size", One(Kind::Tcp, "write_queue_size"), tcp::write_queue_size),
    ("tcp_close_reset", One(Kind::Tcp, "close_reset"), tcp::close_reset),

    ("version", Module, system::version),
    ("version_string", Module, system::version_string),
    ("getpid", Module, system::pid),
    ("os_getpid", Module, system::pid),
    ("os_getppid", Module, system::parent_pid),
    ("os_gethostname", Module, system::hostname),
    ("os_uname", Module, system::uname),
    ("cwd", Module, system::cwd),
    ("chdir", Module, system::chdir),
    ("exepath", Module, system::exepath),
    ("gettimeofday", Module, system::gettimeofday),
    ("available_parallelism", Module, system::available_parallelism),
    ("translate_sys_error", Module, system::translate_sys_error),
];

/// Makes the module known to `require`; it is made when it is first asked for.
pub fn open(vm: &mut Vm) -> Result<(), Raise> {
    carry(vm, "luv", "uv.open", load)?;
    carry(vm, "uv", "uv.open", load)
}

/// The field of the registry where the module's table is.
const MODULE: &str = "_UV";

/// The loader that `require` calls.
fn load(vm: &mut Vm) -> NativeResult {
    let registry = vm.registry();
    let made = vm.raw_get_field(registry, MODULE)?;
    let module = if made.is_nil() { make(vm)?.value() } else { made };
    vm.ret(module)
}

/// Makes the module's table and the metatables of handles and requests.
fn make(vm: &mut Vm) -> Result<Table, Raise> {
    let registry = vm.registry();
    let module = vm.new_table(0, FUNCTIONS.len() as u32 + 2)?;
    vm.raw_set_field(registry, MODULE, module.value())?;
    let to_string = vm.native("uv.tostring", handle::to_string, &[])?;
    vm.push(to_string);
    for &kind in Kind::ALL {
        let name = handle::metatable_name(kind);
        if !vm.raw_get_field(registry, &name)?.is_nil() {
            continue;
        }
        let metatable = vm.new_table(0, 3)?;
        vm.raw_set_field(registry, &name, metatable.value())?;
        let text = vm.string(name.as_bytes())?;
        vm.raw_set_field(metatable, "__name", text.value())?;
        vm.raw_set_field(metatable, "__tostring", to_string)?;
        let methods = vm.new_table(0, 32)?;
        vm.raw_set_field(metatable, "__index", methods.value())?;
    }
    for &(name, of, function) in FUNCTIONS {
        let native = vm.library_function("uv", name, function)?;
        vm.raw_set_field(module, name, native)?;
        add_method(vm, of, native)?;
    }
    let constants = constants::constants(vm)?;
    vm.raw_set_field(module, "constants", constants.value())?;
    let errors = constants::errors(vm)?;
    vm.raw_set_field(module, "errno", errors.value())?;
    Ok(module)
}

/// Adds a function to the methods of those that have it.
fn add_method(vm: &mut Vm, of: Of, native: Value) -> Result<(), Raise> {
    for &kind in Kind::ALL {
        let name = match of {
            Handle(name) if kind.is_handle() => name,
            Stream(name) if kind == Kind::Tcp => name,
            One(only, name) if only == kind => name,
            Request(name) if !kind.is_handle() => name,
            _ => continue,
        };
        let registry = vm.registry();
        let metatable = vm.raw_get_field(registry, &handle::metatable_name(kind))?;
        let Some(metatable) = Table::of(metatable) else { continue };
        if let Some(methods) = Table::of(vm.raw_get_field(metatable, "__index")?) {
            vm.raw_set_field(methods, name, native)?;
        }
    }
    Ok(())
}
