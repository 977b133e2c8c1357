//! TCP sockets: made, bound, connected, listening, read, written, shut down, closed.
//!
//! Invariant: a socket is watched by the poll from its connection (or `listen`) until it is closed, for both
//! directions at once; what the edges said is kept in `readable` and `writable` until a call would block.
//!
//! Answers and refusals are libuv's. Not here: writing (`write.rs`), what an edge means (`poll.rs`).

use super::handle::{Body, HandleId, Kind, Tcp};
use super::pending::Waiting;
use super::queue::{Accepted, Payload, Place, Status};
use super::state::EventLoop;
use super::summary::{Detail, Summary};
use core::net::SocketAddr;
use core::time::Duration;
use dumpfmt::layout::value::Value;
use dumpfmt::record::SiteStack;
use mio::Interest;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

impl EventLoop {
    /// A TCP socket; the system's is made when it is first needed.
    pub fn add_tcp(&mut self, value: Value) -> HandleId {
        self.add_handle(Kind::Tcp, value, Body::Tcp(Box::default()))
    }

    /// Its socket.
    pub fn socket(&self, id: HandleId) -> Result<BorrowedFd<'_>, Errno> {
        self.handles.tcp(id).and_then(|tcp| tcp.socket.as_ref()).map(AsFd::as_fd).ok_or(Errno::BADF)
    }

    /// Whether a handle has this descriptor.
    pub fn owns(&self, descriptor: i32) -> bool {
        let is_it = |socket: &OwnedFd| socket.as_raw_fd() == descriptor;
        self.handles.iter().any(|handle| match &handle.body {
            Body::Tcp(tcp) => tcp.socket.as_ref().is_some_and(is_it),
            Body::Timer(_) | Body::Turn(_) => false,
        })
    }

    /// Makes the system's socket, if there is none yet.
    pub fn make_socket(&mut self, id: HandleId, family: AddressFamily) -> Result<(), Errno> {
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::INVAL)?;
        if tcp.socket.is_none() {
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            tcp.adopt(net::socket_with(family, SocketType::STREAM, flags, None)?)?;
        }
        Ok(())
    }

    /// Takes over a connected socket.
    pub fn open_tcp(&mut self, id: HandleId, socket: OwnedFd) -> Result<(), Errno> {
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::INVAL)?;
        if tcp.socket.is_some() {
            return Err(Errno::BUSY);
        }
        rustix::io::ioctl_fionbio(&socket, true)?;
        tcp.adopt(socket)?;
        self.connected(id)
    }

    /// Binds to an address. That it is in use is told by the call that follows.
    pub fn bind(&mut self, id: HandleId, address: SocketAddr, is_v6_only: bool) -> Result<(), Errno> {
        if self.is_closing(id) || (is_v6_only && address.is_ipv4()) {
            return Err(Errno::INVAL);
        }
        self.make_socket(id, family_of(address))?;
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::INVAL)?;
        let socket = tcp.socket.as_ref().ok_or(Errno::BADF)?;
        sockopt::set_socket_reuseaddr(socket, true)?;
        if address.is_ipv6() {
            sockopt::set_ipv6_v6only(socket, is_v6_only)?;
        }
        match net::bind(socket, &address) {
            Ok(()) => tcp.delayed_error = None,
            Err(Errno::ADDRINUSE) => tcp.delayed_error = Some(Errno::ADDRINUSE),
            Err(Errno::AFNOSUPPORT) => return Err(Errno::INVAL),
            Err(errno) => return Err(errno),
        }
        Ok(())
    }

    /// Listens; `callback` runs for each connection, which `accept` then takes over.
    pub fn listen(
        &mut self,
        id: HandleId,
        backlog: i32,
        callback: Value,
        stack: &SiteStack,
    ) -> Result<(), Errno> {
        if self.is_closing(id) {
            return Err(Errno::INVAL);
        }
        if let Some(errno) = self.handles.tcp(id).and_then(|tcp| tcp.delayed_error) {
            return Err(errno);
        }
        self.make_socket(id, AddressFamily::INET)?;
        net::listen(self.socket(id)?, backlog)?;
        let local = local_address(self.socket(id)?);
        self.watch(id, Interest::READABLE)?;
        if let Some(entry) = self
            .handles
            .tcp(id)
            .and_then(|tcp| tcp.listening)
            .and_then(|pending| self.registry.get_mut(pending))
        {
            // It listens already, with connections perhaps in the queue: the backlog and the callback change.
            entry.callback = callback;
            if let Waiting::Listen { backlog: asked_for, .. } = &mut entry.waiting {
                *asked_for = backlog.max(0) as u32;
            }
            return Ok(());
        }
        let waiting = Waiting::Listen { backlog: backlog.max(0) as u32, accepted: 0 };
        let pending = self.arm(waiting, id, (callback, Value::NIL), stack);
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.local = local;
            tcp.listening = Some(pending);
        }
        self.set_active(id, true);
        Ok(())
    }

    /// Hands the connection that came first over to `client`.
    pub fn accept(&mut self, server: HandleId, client: HandleId) -> Result<(), Errno> {
        let tcp = self.handles.tcp_mut(server).ok_or(Errno::AGAIN)?;
        let Accepted { socket, peer } = tcp.accepted.pop_front().ok_or(Errno::AGAIN)?;
        if tcp.readable {
            // Accepting may have paused because nobody took the connections over.
            self.list(server);
        }
        let tcp = self.handles.tcp_mut(client).ok_or(Errno::INVAL)?;
        if tcp.socket.is_some() {
            return Err(Errno::BUSY);
        }
        tcp.adopt(socket)?;
        tcp.peer = peer;
        self.connected(client)
    }

    /// Connects; `values` are the callback and the request's userdata.
    pub fn connect(
        &mut self,
        id: HandleId,
        peer: SocketAddr,
        values: (Value, Value),
        stack: &SiteStack,
    ) -> Result<(), Errno> {
        if self.is_closing(id) {
            return Err(Errno::INVAL);
        }
        if self.handles.tcp(id).is_some_and(|tcp| tcp.connecting.is_some()) {
            return Err(Errno::ALREADY);
        }
        let mut refused = self.handles.tcp_mut(id).and_then(|tcp| tcp.delayed_error.take());
        if refused.is_none() {
            self.make_socket(id, family_of(peer))?;
            loop {
                match net::connect(self.socket(id)?, &peer) {
                    Ok(()) | Err(Errno::INPROGRESS) => break,
                    Err(Errno::INTR) => {}
                    // Told by the callback, as a refusal that takes its time is.
                    Err(Errno::CONNREFUSED) => {
                        refused = Some(Errno::CONNREFUSED);
                        break;
                    }
                    Err(errno) => return Err(errno),
                }
            }
            self.watch(id, Interest::READABLE | Interest::WRITABLE)?;
        }
        let pending = self.arm(Waiting::Connect { peer }, id, values, stack);
        self.requests += 1;
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.peer = Some(peer);
            tcp.can_read = true;
            tcp.can_write = true;
            tcp.connecting = Some(pending);
        }
        if refused.is_some() {
            self.finish_connect(id, refused, Place::After);
        }
        Ok(())
    }

    /// Starts to read; `callback` runs for what comes.
    pub fn start_reading(&mut self, id: HandleId, callback: Value, stack: &SiteStack) -> Result<(), Errno> {
        if self.is_closing(id) {
            return Err(Errno::INVAL);
        }
        let tcp = self.handles.tcp(id).ok_or(Errno::INVAL)?;
        if let Some(pending) = tcp.reading {
            // The callback is replaced all the same, as luv does.
            if let Some(entry) = self.registry.get_mut(pending) {
                entry.callback = callback;
            }
            return Err(Errno::ALREADY);
        }
        if !tcp.can_read {
            return Err(Errno::NOTCONN);
        }
        let pending = self.arm(Waiting::Read { bytes: 0 }, id, (callback, Value::NIL), stack);
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.reading = Some(pending);
            tcp.has_ended = false;
            if tcp.readable || !tcp.unread.is_empty() {
                self.list(id);
            }
        }
        self.set_active(id, true);
        Ok(())
    }

    /// Stops reading. What was read and not delivered waits until reading starts again.
    pub fn stop_reading(&mut self, id: HandleId) {
        let Some(pending) = self.handles.tcp_mut(id).and_then(|tcp| tcp.reading.take()) else { return };
        if self.disarm(pending).is_some_and(|entry| entry.queued > 0) {
            let readings = self.queue.take_readings(pending);
            if let Some(tcp) = self.handles.tcp_mut(id) {
                tcp.unread.extend(readings);
            }
        }
        self.set_active(id, false);
    }

    /// The end, or an error, is about to be delivered: reading is over.
    pub(super) fn read_ended(&mut self, id: HandleId) {
        let Some(pending) = self.handles.tcp_mut(id).and_then(|tcp| tcp.reading.take()) else { return };
        self.disarm(pending);
        self.set_active(id, false);
    }

    /// The connection is made, or is not.
    pub(super) fn finish_connect(&mut self, id: HandleId, status: Status, place: Place) {
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        let Some(pending) = tcp.connecting.take() else { return };
        if status.is_none() {
            tcp.local = tcp.socket.as_ref().and_then(|socket| local_address(socket.as_fd()));
        }
        let summary = tcp.summary(status.map_or(Detail::Nothing, Detail::Failed));
        self.enqueue(pending, Payload::Connected(status), summary, place);
        if status.is_some() {
            self.cancel_writes(id, place);
            self.finish_shutdown(id, place);
        }
    }

    /// Tells the requests of a closed socket that nothing becomes of them.
    pub(super) fn cancel_requests(&mut self, id: HandleId) {
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        let summary = tcp.summary(Detail::Failed(Errno::CANCELED));
        let canceled = Some(Errno::CANCELED);
        let (connecting, shutdown) = (tcp.connecting.take(), tcp.shutdown.take());
        if let Some(pending) = connecting {
            self.enqueue(pending, Payload::Connected(canceled), summary, Place::Now);
        }
        self.cancel_writes(id, Place::Now);
        if let Some(pending) = shutdown {
            self.enqueue(pending, Payload::Shutdown(canceled), summary, Place::Now);
        }
    }

    /// Closes the system's socket; requests are told later.
    pub(super) fn close_tcp(&mut self, id: HandleId) {
        self.stop_reading(id);
        if let Some(pending) = self.handles.tcp_mut(id).and_then(|tcp| tcp.listening.take()) {
            self.disarm(pending);
            self.set_active(id, false);
        }
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        tcp.can_read = false;
        tcp.can_write = false;
        tcp.unread.clear();
        tcp.accepted.clear();
        if let Some(socket) = tcp.socket.take()
            && tcp.is_watched
        {
            // The poll would go on to report it while a copy of the process (a dump under way) holds it too.
            let _ = self.poll.registry().deregister(&mut mio::unix::SourceFd(&socket.as_raw_fd()));
        }
    }

    /// Has a socket closed by a reset instead of the usual exchange.
    pub fn reset_on_close(&mut self, id: HandleId) -> Result<(), Errno> {
        if self.handles.tcp(id).is_some_and(|tcp| tcp.shutdown.is_some()) {
            return Err(Errno::INVAL);
        }
        sockopt::set_socket_linger(self.socket(id)?, Some(Duration::ZERO))
    }

    /// A socket has become a connection.
    fn connected(&mut self, id: HandleId) -> Result<(), Errno> {
        self.watch(id, Interest::READABLE | Interest::WRITABLE)?;
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::INVAL)?;
        if let Some(socket) = &tcp.socket {
            tcp.local = local_address(socket.as_fd());
            tcp.peer = tcp.peer.or_else(|| peer_address(socket.as_fd()).ok().flatten());
        }
        tcp.can_read = true;
        tcp.can_write = true;
        // There is room until a call says otherwise: a first write need not wait for the poll.
        tcp.writable = true;
        Ok(())
    }

    fn watch(&mut self, id: HandleId, interest: Interest) -> Result<(), Errno> {
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::INVAL)?;
        let Some(socket) = tcp.socket.as_ref().filter(|_| !tcp.is_watched) else { return Ok(()) };
        let token = mio::Token(id.0 as usize);
        let registered =
            self.poll.registry().register(&mut mio::unix::SourceFd(&socket.as_raw_fd()), token, interest);
        registered.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
        tcp.is_watched = true;
        Ok(())
    }

    /// Has the next turn look at a socket without a new edge.
    pub(super) fn list(&mut self, id: HandleId) {
        if let Some(tcp) = self.handles.tcp_mut(id)
            && !tcp.is_listed
        {
            tcp.is_listed = true;
            self.busy.push_back(id);
        }
    }

    // ---- what a socket says of itself ------------------------------------------------------------------

    /// The address of this end.
    pub fn local_address(&self, id: HandleId) -> Result<SocketAddr, Errno> {
        self.check_delayed(id)?;
        net::getsockname(self.socket(id)?)?.try_into()
    }

    /// The address of the other end.
    pub fn peer_address(&self, id: HandleId) -> Result<SocketAddr, Errno> {
        self.check_delayed(id)?;
        peer_address(self.socket(id)?)?.ok_or(Errno::NOTCONN)
    }

    fn check_delayed(&self, id: HandleId) -> Result<(), Errno> {
        self.handles.tcp(id).and_then(|tcp| tcp.delayed_error).map_or(Ok(()), Err)
    }

    /// Sets whether small writes are sent at once.
    pub fn set_nodelay(&mut self, id: HandleId, is_on: bool) -> Result<(), Errno> {
        let Some(tcp) = self.handles.tcp_mut(id) else { return Ok(()) };
        if let Some(socket) = &tcp.socket {
            sockopt::set_tcp_nodelay(socket, is_on)?;
        }
        tcp.wants_nodelay = is_on;
        Ok(())
    }

    /// Sets whether an idle connection is probed, first after so many seconds.
    pub fn set_keepalive(&mut self, id: HandleId, delay: Option<u32>) -> Result<(), Errno> {
        let Some(tcp) = self.handles.tcp_mut(id) else { return Ok(()) };
        if let Some(socket) = &tcp.socket {
            set_keepalive(socket.as_fd(), delay)?;
        }
        tcp.wants_keepalive = delay;
        Ok(())
    }

    /// Sets whether writes may block the loop.
    pub fn set_blocking(&mut self, id: HandleId, is_blocking: bool) -> Result<(), Errno> {
        let socket = self.socket(id)?;
        let is_listening = self.handles.tcp(id).is_some_and(|tcp| tcp.listening.is_some());
        if !is_listening {
            rustix::io::ioctl_fionbio(socket, !is_blocking)?;
        }
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.is_blocking = is_blocking;
        }
        Ok(())
    }

    /// Whether a stream can be read, and written.
    pub fn directions(&self, id: HandleId) -> (bool, bool) {
        self.handles.tcp(id).map_or((false, false), |tcp| (tcp.can_read, tcp.can_write))
    }

    /// Bytes that were to be written and that the system has not taken.
    pub fn write_queue_bytes(&self, id: HandleId) -> u64 {
        self.handles.tcp(id).map_or(0, |tcp| tcp.unwritten)
    }
}

impl Tcp {
    /// Takes a socket over, with the options that were asked for before it was there.
    fn adopt(&mut self, socket: OwnedFd) -> Result<(), Errno> {
        if self.wants_nodelay {
            sockopt::set_tcp_nodelay(&socket, true)?;
        }
        if let Some(delay) = self.wants_keepalive {
            // Asked for when nothing could refuse the delay: one that the system has no use for becomes a minute.
            set_keepalive(socket.as_fd(), Some(if delay == 0 { 60 } else { delay }))?;
        }
        self.socket = Some(socket);
        Ok(())
    }

    /// The two ends, and a detail.
    pub(super) fn summary(&self, detail: Detail) -> Summary {
        Summary { peer: self.peer, local: self.local, detail }
    }
}

fn family_of(address: SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}

fn local_address(socket: BorrowedFd<'_>) -> Option<SocketAddr> {
    net::getsockname(socket).ok()?.try_into().ok()
}

fn peer_address(socket: BorrowedFd<'_>) -> Result<Option<SocketAddr>, Errno> {
    net::getpeername(socket)?.map(SocketAddr::try_from).transpose()
}

/// Probes come every second, ten of them, after `delay` seconds without traffic.
fn set_keepalive(socket: BorrowedFd<'_>, delay: Option<u32>) -> Result<(), Errno> {
    sockopt::set_socket_keepalive(socket, delay.is_some())?;
    if let Some(delay) = delay {
        sockopt::set_tcp_keepidle(socket, Duration::from_secs(delay.into()))?;
        sockopt::set_tcp_keepintvl(socket, Duration::from_secs(1))?;
        sockopt::set_tcp_keepcnt(socket, 10)?;
    }
    Ok(())
}
