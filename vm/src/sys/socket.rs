//! Local sockets that keep messages apart and can carry a descriptor.
//!
//! Invariant: a message is at most [`MESSAGE_MAX`] bytes and arrives whole or not at all. Names are abstract:
//! they lie in no folder, need no clean-up and go with their process.

#![allow(unsafe_code)]

use core::mem::MaybeUninit;
use core::time::Duration;
use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    self, AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sockopt,
};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// The longest message.
pub const MESSAGE_MAX: usize = 4096;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its process id, as this process sees it; 0 when it cannot.
    pub pid: u32,
    /// Its user.
    pub user: u32,
}

fn new_socket() -> Result<OwnedFd, Errno> {
    net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
}

/// Takes over a descriptor that the program names by number.
pub fn adopt(descriptor: i32) -> Result<OwnedFd, Errno> {
    use std::os::fd::FromRawFd;
    if descriptor < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: borrowed for one call, which fails when there is no such descriptor.
    rustix::io::fcntl_getfd(unsafe { BorrowedFd::borrow_raw(descriptor) })?;
    // SAFETY: it is open; that nobody else closes it is what the program says by handing it over.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Listens under an abstract name.
pub fn listen(name: &[u8]) -> Result<OwnedFd, Errno> {
    let socket = new_socket()?;
    net::bind(&socket, &SocketAddrUnix::new_abstract_name(name)?)?;
    net::listen(&socket, 4)?;
    Ok(socket)
}

/// Waits for the next who connects: as long as [`set_timeout`] says, then `AGAIN`.
pub fn accept(listener: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    net::accept_with(listener, SocketFlags::CLOEXEC)
}

/// From now on `signal` comes to `thread` whenever something has happened at the socket, and nothing here waits.
pub fn announce(socket: BorrowedFd<'_>, signal: i32, thread: u32) -> Result<(), Errno> {
    /// As in `linux/fcntl.h`: to the thread of this number.
    #[repr(C)]
    struct Owner {
        kind: i32,
        thread: i32,
    }
    const F_SETOWN_EX: i32 = 15;
    const F_OWNER_TID: i32 = 0;
    const F_SETSIG: i32 = 10;
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&socket);
    let owner = Owner { kind: F_OWNER_TID, thread: thread as i32 };
    // SAFETY: plain numbers, and a pointer to a local that outlives the calls.
    let results = unsafe {
        [
            libc::fcntl(descriptor, F_SETSIG, signal),
            libc::fcntl(descriptor, F_SETOWN_EX, &raw const owner),
            libc::fcntl(descriptor, libc::F_SETFL, libc::O_RDWR | libc::O_ASYNC | libc::O_NONBLOCK),
        ]
    };
    if results.contains(&-1) {
        return Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL));
    }
    Ok(())
}

/// Connects to an abstract name.
pub fn connect(name: &[u8]) -> Result<OwnedFd, Errno> {
    let socket = new_socket()?;
    net::connect(&socket, &SocketAddrUnix::new_abstract_name(name)?)?;
    Ok(socket)
}

/// Whom the kernel says the other end belongs to.
pub fn peer(socket: BorrowedFd<'_>) -> Result<Peer, Errno> {
    // Read by hand: rustix's type for a process id cannot hold the 0 of a foreign namespace.
    let mut credentials = MaybeUninit::<libc::ucred>::zeroed();
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, the size of the struct.
    let result = unsafe {
        libc::getsockopt(
            std::os::fd::AsRawFd::as_raw_fd(&socket),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            credentials.as_mut_ptr().cast(),
            &mut length,
        )
    };
    if result != 0 {
        return Err(Errno::NOTCONN);
    }
    // SAFETY: any bytes are a valid ucred, and all were initialised.
    let credentials = unsafe { credentials.assume_init() };
    Ok(Peer { pid: credentials.pid.max(0) as u32, user: credentials.uid })
}

/// Sending and receiving fail with `AGAIN` after this long.
pub fn set_timeout(socket: BorrowedFd<'_>, limit: Option<Duration>) {
    let _ = sockopt::set_socket_timeout(socket, sockopt::Timeout::Recv, limit);
    let _ = sockopt::set_socket_timeout(socket, sockopt::Timeout::Send, limit);
}

/// Sends a message, with a descriptor if one is given. Allocates nothing, so that a copy of the process that
/// must not may answer.
pub fn send(socket: BorrowedFd<'_>, message: &[u8], descriptor: Option<BorrowedFd<'_>>) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = descriptor.map(|descriptor| [descriptor]);
    if let Some(descriptors) = &descriptors {
        control.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    loop {
        match net::sendmsg(socket, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            Ok(count) if count < message.len() => return Err(Errno::MSGSIZE),
            result => return result.map(|_| ()),
        }
    }
}

/// Receives a message into `buffer`: its length, 0 when the other end is gone, and its descriptor.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<(usize, Option<OwnedFd>), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = loop {
        match net::recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, flags) {
            Err(Errno::INTR) => {}
            result => break result?,
        }
    };
    if received.flags.contains(ReturnFlags::TRUNC) {
        return Err(Errno::MSGSIZE);
    }
    let mut descriptor = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            // More than one is against the protocol: the last is kept, the others close here.
            descriptors.for_each(|received| descriptor = Some(received));
        }
    }
    Ok((received.bytes, descriptor))
}

/// Whether the other end is gone.
pub fn is_closed(socket: &OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut entries = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut entries, Some(&now)).is_ok() && entries[0].revents().contains(PollFlags::HUP)
}
