//! TCP sockets: made, bound, connected, asked.

use super::argument::{check_address, check_boolean, check_kind, failure, opt_callable, outcome};
use super::handle::{creation_stack, new_handle, new_request};
use crate::event_loop::Kind;
use crate::interp::{NativeResult, Table, Vm};
use crate::sys::socket;
use core::net::SocketAddr;
use dumpfmt::layout::value::{self, Value};
use rustix::io::Errno;
use rustix::net::AddressFamily;

/// The families that luv has words for.
const FAMILIES: &[(&[u8], i32)] = &[
    (b"unix", libc::AF_UNIX),
    (b"inet", libc::AF_INET),
    (b"inet6", libc::AF_INET6),
    (b"ipx", libc::AF_IPX),
    (b"netlink", libc::AF_NETLINK),
    (b"x25", libc::AF_X25),
    (b"ax25", libc::AF_AX25),
    (b"atmpvc", libc::AF_ATMPVC),
    (b"appletalk", libc::AF_APPLETALK),
    (b"packet", libc::AF_PACKET),
];

/// `new_tcp([family])`: with a family the socket is made at once.
pub fn new(vm: &mut Vm) -> NativeResult {
    let wish = vm.arg(1);
    let family = match wish.kind {
        value::NIL => libc::AF_UNSPEC,
        value::INTEGER | value::FLOAT => (vm.check_integer(1)? & 0xff) as i32,
        _ if wish.is_string() => {
            let word = vm.check_string(1)?;
            match FAMILIES.iter().find(|(name, _)| *name == word.bytes()) {
                Some((_, family)) => *family,
                None => {
                    let word = String::from_utf8_lossy(word.bytes()).into_owned();
                    return Err(vm.arg_error(1, &format!("invalid or unknown address family: '{word}'")));
                }
            }
        }
        _ => return Err(vm.arg_error(1, "expected string or integer")),
    };
    let family = match family {
        libc::AF_UNSPEC => None,
        libc::AF_INET => Some(AddressFamily::INET),
        libc::AF_INET6 => Some(AddressFamily::INET6),
        _ => return failure(vm, Errno::INVAL),
    };
    let (tcp, id) = new_handle(vm, Kind::Tcp, |vm, value| vm.event_loop.add_tcp(value))?;
    if let Some(family) = family
        && let Err(number) = vm.event_loop.make_socket(id, family)
    {
        let stack = creation_stack(vm);
        vm.event_loop.close(id, Value::NIL, &stack);
        return failure(vm, number);
    }
    vm.ret(tcp)
}

/// `tcp_open(tcp, descriptor)`
pub fn open(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let descriptor = vm.check_integer(2)? as i32;
    if vm.event_loop.owns(descriptor) {
        return failure(vm, Errno::EXIST);
    }
    let opened = socket::adopt(descriptor).and_then(|socket| vm.event_loop.open_tcp(id, socket));
    outcome(vm, opened)
}

/// `tcp_bind(tcp, host, port, [flags])`
pub fn bind(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let address = check_address(vm, 2)?;
    let is_v6_only = match Table::of(vm.arg(4)) {
        Some(flags) => {
            let key = vm.string(b"ipv6only")?.value();
            !vm.get_index(flags.value(), key)?.is_falsy()
        }
        None => false,
    };
    let bound = vm.event_loop.bind(id, address, is_v6_only);
    outcome(vm, bound)
}

/// `tcp_connect(tcp, host, port, callback)`
pub fn connect(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let peer = check_address(vm, 2)?;
    let callback = opt_callable(vm, 4)?;
    let request = new_request(vm, Kind::Connect)?;
    let stack = creation_stack(vm);
    match vm.event_loop.connect(id, peer, (callback, request), &stack) {
        Ok(()) => vm.ret(request),
        Err(number) => failure(vm, number),
    }
}

/// `tcp_getsockname(tcp)`
pub fn getsockname(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let address = vm.event_loop.local_address(id);
    ret_address(vm, address)
}

/// `tcp_getpeername(tcp)`
pub fn getpeername(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let address = vm.event_loop.peer_address(id);
    ret_address(vm, address)
}

fn ret_address(vm: &mut Vm, address: Result<SocketAddr, Errno>) -> NativeResult {
    let address = match address {
        Ok(address) => address,
        Err(number) => return failure(vm, number),
    };
    let table = vm.new_table(0, 3)?;
    let family = vm.string(if address.is_ipv4() { b"inet" } else { b"inet6" })?;
    vm.raw_set_field(table, "family", family.value())?;
    vm.raw_set_field(table, "port", Value::integer(address.port().into()))?;
    let ip = vm.string(address.ip().to_string().as_bytes())?;
    vm.raw_set_field(table, "ip", ip.value())?;
    vm.ret(table.value())
}

/// `tcp_nodelay(tcp, enable)`
pub fn nodelay(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let is_on = check_boolean(vm, 2)?;
    let set = vm.event_loop.set_nodelay(id, is_on);
    outcome(vm, set)
}

/// `tcp_keepalive(tcp, enable, [delay])`
pub fn keepalive(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let delay = match check_boolean(vm, 2)? {
        true => Some(vm.check_integer(3)? as u32),
        false => None,
    };
    let set = vm.event_loop.set_keepalive(id, delay);
    outcome(vm, set)
}

/// `tcp_simultaneous_accepts(tcp, enable)`: of no meaning on this system.
pub fn simultaneous_accepts(vm: &mut Vm) -> NativeResult {
    check_kind(vm, 1, Kind::Tcp)?;
    check_boolean(vm, 2)?;
    outcome(vm, Ok(()))
}

/// `tcp_close_reset(tcp, [callback])`
pub fn close_reset(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let callback = opt_callable(vm, 2)?;
    if let Err(number) = vm.event_loop.reset_on_close(id) {
        return failure(vm, number);
    }
    let stack = creation_stack(vm);
    vm.event_loop.close(id, callback, &stack);
    outcome(vm, Ok(()))
}

/// `tcp_write_queue_size(tcp)`
pub fn write_queue_size(vm: &mut Vm) -> NativeResult {
    let id = check_kind(vm, 1, Kind::Tcp)?;
    let bytes = vm.event_loop.write_queue_bytes(id);
    vm.ret(Value::integer(bytes as i64))
}
