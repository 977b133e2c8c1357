//! Arguments and results as luv has them: its checks, its refusals, its failures.
//!
//! Invariant: a wrong argument throws; a system's refusal is `nil, "NAME: words", "NAME"`.

use crate::event_loop::{HandleId, Kind, errno};
use crate::interp::{NativeResult, Raise, Step, Vm};
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use dumpfmt::layout::userdata::Class;
use dumpfmt::layout::value::{self, Value};
use rustix::io::Errno;

/// What the userdata `value` stands for, if it is one of the loop.
pub fn handle_of(vm: &Vm, value: Value) -> Option<(HandleId, Kind)> {
    let (class, number) = vm.userdata(value)?;
    let id = HandleId(number);
    (class == Class::Handle as u32).then_some(())?;
    Some((id, id.kind()?))
}

/// Argument `number` as a handle of any kind.
pub fn check_handle(vm: &mut Vm, number: u32) -> Result<HandleId, Raise> {
    match handle_of(vm, vm.arg(number)) {
        Some((id, kind)) if kind.is_handle() => Ok(id),
        _ => Err(vm.arg_error(number, "Expected uv_handle userdata")),
    }
}

/// Argument `number` as a stream.
pub fn check_stream(vm: &mut Vm, number: u32) -> Result<HandleId, Raise> {
    match handle_of(vm, vm.arg(number)) {
        Some((id, Kind::Tcp)) => Ok(id),
        _ => Err(vm.arg_error(number, "Expected uv_stream userdata")),
    }
}

/// Argument `number` as a handle of this kind.
pub fn check_kind(vm: &mut Vm, number: u32, kind: Kind) -> Result<HandleId, Raise> {
    match handle_of(vm, vm.arg(number)) {
        Some((id, found)) if found == kind => Ok(id),
        _ => Err(vm.arg_type_error(number, &format!("uv_{}", kind.word()))),
    }
}

/// Argument `number` as a request, by its kind.
pub fn check_request(vm: &mut Vm, number: u32) -> Result<Kind, Raise> {
    match handle_of(vm, vm.arg(number)) {
        Some((_, kind)) if !kind.is_handle() => Ok(kind),
        _ => Err(vm.arg_type_error(number, "uv_req")),
    }
}

/// Argument `number` as a function, or something with a function as `__call`.
pub fn check_callable(vm: &mut Vm, number: u32) -> Result<Value, Raise> {
    let callable = vm.arg(number);
    let is_function = |value: Value| matches!(value.kind, value::FUNCTION | value::NATIVE);
    if is_function(callable) {
        return Ok(callable);
    }
    if let Some(metatable) = vm.metatable_of(callable) {
        let handler = vm.raw_get_field(metatable, "__call")?;
        if is_function(handler) {
            return Ok(callable);
        }
    }
    Err(vm.arg_type_error(number, "function or callable table"))
}

/// The same, or nil when nil or nothing was passed.
pub fn opt_callable(vm: &mut Vm, number: u32) -> Result<Value, Raise> {
    if vm.arg(number).is_nil() { Ok(Value::NIL) } else { check_callable(vm, number) }
}

/// Argument `number` as a boolean, which it must be.
pub fn check_boolean(vm: &mut Vm, number: u32) -> Result<bool, Raise> {
    match vm.arg(number).kind {
        value::TRUE => Ok(true),
        value::FALSE => Ok(false),
        _ => Err(vm.arg_type_error(number, "boolean")),
    }
}

/// Arguments `number` and the next as an address and a port.
pub fn check_address(vm: &mut Vm, number: u32) -> Result<SocketAddr, Raise> {
    let host = vm.check_string(number)?;
    let host = String::from_utf8_lossy(host.bytes()).into_owned();
    let port = vm.check_integer(number + 1)? as i32;
    parse_address(&host, port as u16)
        .ok_or_else(|| vm.error(&format!("Invalid IP address or port [{host}:{port}]")))
}

/// An address without a name in it; IPv6 with a zone if need be.
fn parse_address(host: &str, port: u16) -> Option<SocketAddr> {
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return Some(SocketAddr::from((ip, port)));
    }
    let (ip, zone) = host.split_once('%').map_or((host, None), |(ip, zone)| (ip, Some(zone)));
    let ip = ip.parse::<Ipv6Addr>().ok()?;
    // A zone that does not exist is zone 0, as for libuv.
    let scope = zone.map_or(0, |zone| zone.parse().unwrap_or_else(|_| interface_number(zone)));
    Some(SocketAddr::V6(SocketAddrV6::new(ip, port, 0, scope)))
}

fn interface_number(name: &str) -> u32 {
    if name.contains('/') {
        return 0;
    }
    let number = std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex"));
    number.ok().and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Returns `nil, "ECONNREFUSED: connection refused", "ECONNREFUSED"`.
#[cold]
pub fn failure(vm: &mut Vm, number: Errno) -> NativeResult {
    let name = errno::name_text(number);
    vm.push(Value::NIL);
    vm.push_string(format!("{name}: {}", errno::words(number)).as_bytes())?;
    vm.push_string(name.as_bytes())?;
    Ok(Step::results(3))
}

/// Returns 0, or the failure.
pub fn outcome(vm: &mut Vm, result: Result<(), Errno>) -> NativeResult {
    match result {
        Ok(()) => vm.ret(Value::integer(0)),
        Err(number) => failure(vm, number),
    }
}

/// Returns what was asked for, or the failure.
pub fn answer(vm: &mut Vm, result: Result<Value, Errno>) -> NativeResult {
    match result {
        Ok(value) => vm.ret(value),
        Err(number) => failure(vm, number),
    }
}

/// Returns nothing.
pub fn nothing() -> NativeResult {
    Ok(Step::results(0))
}
