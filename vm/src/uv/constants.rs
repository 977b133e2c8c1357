//! The tables `constants` and `errno`.

use crate::event_loop::errno;
use crate::interp::{Raise, Table, Vm};
use dumpfmt::layout::value::Value;

/// Those of luv 1.44. The flags of `udp` and `tcp` are libuv's own, the rest the system's.
#[rustfmt::skip]
#[allow(clippy::unnecessary_cast, reason = "some of the system's constants have other types")]
const CONSTANTS: &[(&str, i64)] = &[
    ("AF_APPLETALK", libc::AF_APPLETALK as i64),
    ("AF_ATMPVC", libc::AF_ATMPVC as i64),
    ("AF_AX25", libc::AF_AX25 as i64),
    ("AF_INET6", libc::AF_INET6 as i64),
    ("AF_INET", libc::AF_INET as i64),
    ("AF_IPX", libc::AF_IPX as i64),
    ("AF_NETLINK", libc::AF_NETLINK as i64),
    ("AF_PACKET", libc::AF_PACKET as i64),
    ("AF_UNIX", libc::AF_UNIX as i64),
    ("AF_X25", libc::AF_X25 as i64),
    ("AI_ADDRCONFIG", libc::AI_ADDRCONFIG as i64),
    ("AI_ALL", libc::AI_ALL as i64),
    ("AI_NUMERICHOST", libc::AI_NUMERICHOST as i64),
    ("AI_NUMERICSERV", libc::AI_NUMERICSERV as i64),
    ("AI_PASSIVE", libc::AI_PASSIVE as i64),
    ("AI_V4MAPPED", libc::AI_V4MAPPED as i64),
    ("O_APPEND", libc::O_APPEND as i64),
    ("O_CREAT", libc::O_CREAT as i64),
    ("O_DSYNC", libc::O_DSYNC as i64),
    ("O_EXCL", libc::O_EXCL as i64),
    ("O_NOCTTY", libc::O_NOCTTY as i64),
    ("O_NONBLOCK", libc::O_NONBLOCK as i64),
    ("O_RDONLY", libc::O_RDONLY as i64),
    ("O_RDWR", libc::O_RDWR as i64),
    ("O_RSYNC", libc::O_RSYNC as i64),
    ("O_SYNC", libc::O_SYNC as i64),
    ("O_TRUNC", libc::O_TRUNC as i64),
    ("O_WRONLY", libc::O_WRONLY as i64),
    ("SIGABRT", libc::SIGABRT as i64),
    ("SIGALRM", libc::SIGALRM as i64),
    ("SIGBUS", libc::SIGBUS as i64),
    ("SIGCHLD", libc::SIGCHLD as i64),
    ("SIGCONT", libc::SIGCONT as i64),
    ("SIGFPE", libc::SIGFPE as i64),
    ("SIGHUP", libc::SIGHUP as i64),
    ("SIGILL", libc::SIGILL as i64),
    ("SIGINT", libc::SIGINT as i64),
    ("SIGIO", libc::SIGIO as i64),
    ("SIGIOT", libc::SIGIOT as i64),
    ("SIGKILL", libc::SIGKILL as i64),
    ("SIGPIPE", libc::SIGPIPE as i64),
    ("SIGPOLL", libc::SIGPOLL as i64),
    ("SIGPROF", libc::SIGPROF as i64),
    ("SIGPWR", libc::SIGPWR as i64),
    ("SIGQUIT", libc::SIGQUIT as i64),
    ("SIGSEGV", libc::SIGSEGV as i64),
    ("SIGSTKFLT", libc::SIGSTKFLT as i64),
    ("SIGSTOP", libc::SIGSTOP as i64),
    ("SIGSYS", libc::SIGSYS as i64),
    ("SIGTERM", libc::SIGTERM as i64),
    ("SIGTRAP", libc::SIGTRAP as i64),
    ("SIGTSTP", libc::SIGTSTP as i64),
    ("SIGTTIN", libc::SIGTTIN as i64),
    ("SIGTTOU", libc::SIGTTOU as i64),
    ("SIGURG", libc::SIGURG as i64),
    ("SIGUSR1", libc::SIGUSR1 as i64),
    ("SIGUSR2", libc::SIGUSR2 as i64),
    ("SIGVTALRM", libc::SIGVTALRM as i64),
    ("SIGWINCH", libc::SIGWINCH as i64),
    ("SIGXCPU", libc::SIGXCPU as i64),
    ("SIGXFSZ", libc::SIGXFSZ as i64),
    ("SOCK_DGRAM", libc::SOCK_DGRAM as i64),
    ("SOCK_RAW", libc::SOCK_RAW as i64),
    ("SOCK_RDM", libc::SOCK_RDM as i64),
    ("SOCK_SEQPACKET", libc::SOCK_SEQPACKET as i64),
    ("SOCK_STREAM", libc::SOCK_STREAM as i64),
    ("TCP_IPV6ONLY", 1),
    ("UDP_IPV6ONLY", 1),
    ("UDP_MMSG_CHUNK", 8),
    ("UDP_MMSG_FREE", 16),
    ("UDP_PARTIAL", 2),
    ("UDP_RECVMMSG", 256),
    ("UDP_REUSEADDR", 4),
];

/// The table `constants`.
pub fn constants(vm: &mut Vm) -> Result<Table, Raise> {
    let table = vm.new_table(0, CONSTANTS.len() as u32)?;
    for (name, number) in CONSTANTS {
        vm.raw_set_field(table, name, Value::integer(*number))?;
    }
    Ok(table)
}

/// The table `errno`: names of errors with their numbers, negative as libuv has them.
pub fn errors(vm: &mut Vm) -> Result<Table, Raise> {
    let table = vm.new_table(0, 64)?;
    for (number, name) in errno::all() {
        vm.raw_set_field(table, name, Value::integer(-i64::from(number)))?;
    }
    Ok(table)
}
