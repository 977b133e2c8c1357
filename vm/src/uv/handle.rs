//! What all handles and requests have: their making, closing, references, names.

use super::argument::{
    answer, check_handle, check_request, failure, handle_of, nothing, opt_callable, outcome,
};
use crate::event_loop::{HandleId, Kind};
use crate::interp::{NativeResult, Raise, Step, Table, Vm};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::Value;
use dumpfmt::record::SiteStack;
use rustix::io::Errno;
use rustix::net::sockopt;
use std::os::fd::AsRawFd;

/// Makes a userdata of this kind and the handle it stands for.
pub fn new_handle(
    vm: &mut Vm,
    kind: Kind,
    add: impl FnOnce(&mut Vm, Value) -> HandleId,
) -> Result<(Value, HandleId), Raise> {
    let metatable = metatable(vm, kind)?;
    let userdata = vm.new_userdata(Class::Handle, 0, 0, metatable)?;
    let id = add(vm, userdata);
    vm.set_userdata_handle(userdata, id.0);
    Ok((userdata, id))
}

/// Makes the userdata of a request.
pub fn new_request(vm: &mut Vm, kind: Kind) -> Result<Value, Raise> {
    let metatable = metatable(vm, kind)?;
    vm.new_userdata(Class::Handle, HandleId::request(kind).0, 0, metatable)
}

/// The field of the registry where the metatable of a kind is.
pub fn metatable_name(kind: Kind) -> String {
    if kind.is_handle() { format!("uv_{}", kind.word()) } else { "uv_req".to_string() }
}

fn metatable(vm: &mut Vm, kind: Kind) -> Result<Option<Table>, Raise> {
    let registry = vm.registry();
    Ok(Table::of(vm.raw_get_field(registry, &metatable_name(kind))?))
}

/// The Lua code that runs, for a pending entry that it makes.
pub fn creation_stack(vm: &mut Vm) -> SiteStack {
    let epoch = vm.r().epoch;
    vm.event_loop.set_epoch(epoch);
    vm.creation_stack()
}

/// `tostring(handle)`
pub fn to_string(vm: &mut Vm) -> NativeResult {
    let value = vm.arg(1);
    let Some((_, kind)) = handle_of(vm, value) else {
        return Err(vm.arg_error(1, "Expected uv_handle userdata"));
    };
    vm.ret_string(format!("uv_{}_t: {:#x}", kind.word(), value.payload).as_bytes())
}

/// `is_active(handle)`
pub fn is_active(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    let is_active = vm.event_loop.is_active(id);
    vm.ret(Value::boolean(is_active))
}

/// `is_closing(handle)`
pub fn is_closing(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    let is_closing = vm.event_loop.is_closing(id);
    vm.ret(Value::boolean(is_closing))
}

/// `close(handle, [callback])`
pub fn close(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    if vm.event_loop.is_closing(id) {
        let address = vm.arg(1).payload;
        return Err(vm.error(&format!("handle {address:#x} is already closing")));
    }
    let callback = opt_callable(vm, 2)?;
    let stack = creation_stack(vm);
    vm.event_loop.close(id, callback, &stack);
    nothing()
}

/// `ref(handle)`
pub fn reference(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    vm.event_loop.set_referenced(id, true);
    nothing()
}

/// `unref(handle)`
pub fn unreference(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    vm.event_loop.set_referenced(id, false);
    nothing()
}

/// `has_ref(handle)`
pub fn has_reference(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    let is_referenced = vm.event_loop.is_referenced(id);
    vm.ret(Value::boolean(is_referenced))
}

/// `handle_get_type(handle)`
pub fn get_type(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    match id.kind() {
        Some(kind) => ret_kind(vm, kind),
        None => failure(vm, Errno::INVAL),
    }
}

fn ret_kind(vm: &mut Vm, kind: Kind) -> NativeResult {
    vm.push_string(kind.word().as_bytes())?;
    vm.push(Value::integer(kind.number()));
    Ok(Step::results(2))
}

/// `fileno(handle)`
pub fn fileno(vm: &mut Vm) -> NativeResult {
    let id = check_handle(vm, 1)?;
    let descriptor = match id.kind() {
        Some(Kind::Tcp) => vm.event_loop.socket(id).map(|socket| Value::integer(socket.as_raw_fd().into())),
        _ => Err(Errno::INVAL),
    };
    answer(vm, descriptor)
}

/// `send_buffer_size(handle, [bytes])`
pub fn send_buffer_size(vm: &mut Vm) -> NativeResult {
    buffer_size(vm, true)
}

/// `recv_buffer_size(handle, [bytes])`
pub fn receive_buffer_size(vm: &mut Vm) -> NativeResult {
    buffer_size(vm, false)
}

fn buffer_size(vm: &mut Vm, is_for_sending: bool) -> NativeResult {
    let id = check_handle(vm, 1)?;
    let bytes = vm.opt_integer(2, 0)?;
    if id.kind() != Some(Kind::Tcp) {
        return failure(vm, Errno::NOTSUP);
    }
    let socket = match vm.event_loop.socket(id) {
        Ok(socket) => socket,
        Err(number) => return failure(vm, number),
    };
    if bytes == 0 {
        let size = if is_for_sending {
            sockopt::socket_send_buffer_size(socket)
        } else {
            sockopt::socket_recv_buffer_size(socket)
        };
        return answer(vm, size.map(|size| Value::integer(size as i64)));
    }
    let bytes = bytes as u32 as usize;
    let set = if is_for_sending {
        sockopt::set_socket_send_buffer_size(socket, bytes)
    } else {
        sockopt::set_socket_recv_buffer_size(socket, bytes)
    };
    outcome(vm, set)
}

/// `cancel(request)`: none of the requests that there are can be.
pub fn cancel(vm: &mut Vm) -> NativeResult {
    check_request(vm, 1)?;
    failure(vm, Errno::INVAL)
}

/// `req_get_type(request)`
pub fn request_get_type(vm: &mut Vm) -> NativeResult {
    let kind = check_request(vm, 1)?;
    ret_kind(vm, kind)
}
