//! The loop's sleep, and what the edges that end it mean: connections accepted, bytes read, writes gone on.
//!
//! Invariant (the poll is edge-triggered): after an edge a socket stays in the list of the busy until a call on
//! it would block, or nobody wants what there is; how much is done for one socket in one turn is bounded, and
//! all the busy have their turn before one has its second.

use super::handle::HandleId;
use super::queue::{Accepted, Payload, Place, Reading};
use super::state::{EventLoop, WAKE};
use super::summary::{Detail, Summary};
use super::write::BytesOf;
use core::net::SocketAddr;
use core::time::Duration;
use mio::Events;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SocketFlags, sockopt};
use std::io;
use std::os::fd::AsFd;

/// Edges taken from the system at once.
const EVENTS: usize = 1024;
/// Milliseconds of the longest sleep; the system counts them in 32 bits.
const SLEEP_MAX: u64 = i32::MAX as u64;
/// Bytes read by one call.
const READ_BYTES: usize = 64 << 10;
/// Reads of one socket in one turn.
const READS: usize = 8;
/// Bytes read in one turn, over all sockets: they wait in memory for their delivery.
const TURN_BYTES: usize = 16 << 20;
/// Connections of one socket accepted in one turn.
const ACCEPTS: usize = 64;
/// Connections that may wait for `accept` before no more are taken from the system.
const UNTAKEN: usize = 128;

/// How far the work for a socket has come.
#[derive(PartialEq, Eq)]
enum Progress {
    /// An edge will tell when there is more.
    Done,
    /// There is more to do now.
    More,
}

impl EventLoop {
    /// Sleeps for at most `timeout` milliseconds (`None`: until something happens), then queues the events of
    /// the sockets that are ready. True when it was interrupted by the waker.
    pub fn wait(&mut self, timeout: Option<u64>, bytes_of: BytesOf<'_>) -> io::Result<bool> {
        let mut events = self.polled.take().unwrap_or_else(|| Events::with_capacity(EVENTS));
        let timeout = timeout.map(|timeout| Duration::from_millis(timeout.min(SLEEP_MAX)));
        let polled = self.poll.poll(&mut events, timeout);
        self.update_time();
        let mut is_woken = false;
        match polled {
            Ok(()) => {
                for event in &events {
                    if event.token() == WAKE {
                        is_woken = true;
                        continue;
                    }
                    let id = HandleId(event.token().0 as u64);
                    let Some(tcp) = self.handles.tcp_mut(id) else { continue };
                    let is_broken = event.is_error();
                    tcp.hung_up |= event.is_read_closed() || is_broken;
                    tcp.readable |= event.is_readable() || event.is_read_closed() || is_broken;
                    tcp.writable |= event.is_writable() || event.is_write_closed() || is_broken;
                    self.list(id);
                }
            }
            // A signal: its handler may have asked for something, and the loop looks before it sleeps again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => is_woken = true,
            Err(error) => return Err(error),
        }
        self.polled = Some(events);
        self.work(bytes_of);
        Ok(is_woken)
    }

    /// Does for each busy socket what it can do without blocking.
    fn work(&mut self, bytes_of: BytesOf<'_>) {
        let mut budget = TURN_BYTES;
        for _ in 0..self.busy.len() {
            let Some(id) = self.busy.pop_front() else { return };
            if let Some(tcp) = self.handles.tcp_mut(id) {
                tcp.is_listed = false;
            }
            self.check_connect(id);
            let accepting = self.take_connections(id);
            let reading = self.read(id, &mut budget);
            self.flush(id, Place::Now, bytes_of);
            if accepting == Progress::More || reading == Progress::More {
                self.list(id);
            }
        }
    }

    /// Finds out what became of a connection under way.
    fn check_connect(&mut self, id: HandleId) {
        let Some(tcp) = self.handles.tcp(id) else { return };
        let (Some(_), true, Some(socket)) = (tcp.connecting, tcp.writable, &tcp.socket) else { return };
        let status = match sockopt::socket_error(socket) {
            Ok(Ok(())) => None,
            Ok(Err(Errno::INPROGRESS)) => return,
            Ok(Err(errno)) | Err(errno) => Some(errno),
        };
        self.finish_connect(id, status, Place::Now);
    }

    /// Accepts connections, as many as a turn allows and the program has kept up with.
    fn take_connections(&mut self, id: HandleId) -> Progress {
        for _ in 0..ACCEPTS {
            let Some(tcp) = self.handles.tcp_mut(id) else { return Progress::Done };
            let (Some(pending), true) = (tcp.listening, tcp.readable) else { return Progress::Done };
            if tcp.accepted.len() + tcp.arriving >= UNTAKEN {
                // `accept` lists the socket again.
                return Progress::Done;
            }
            let Some(socket) = &tcp.socket else { return Progress::Done };
            match net::acceptfrom_with(socket, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                Ok((socket, peer)) => {
                    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
                    tcp.arriving += 1;
                    let summary = Summary { peer, local: tcp.local, detail: Detail::Nothing };
                    let payload = Payload::Connection(Ok(Accepted { socket, peer }));
                    self.enqueue(pending, payload, summary, Place::Now);
                }
                Err(Errno::AGAIN) => {
                    tcp.readable = false;
                    return Progress::Done;
                }
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(errno @ (Errno::MFILE | Errno::NFILE)) => {
                    if !self.refuse_connections(id) {
                        self.connection_failed(id, errno);
                        return Progress::Done;
                    }
                }
                Err(errno) => {
                    self.connection_failed(id, errno);
                    return Progress::Done;
                }
            }
        }
        Progress::More
    }

    fn connection_failed(&mut self, id: HandleId, errno: Errno) {
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        tcp.readable = false;
        let summary = tcp.summary(Detail::Failed(errno));
        if let Some(pending) = tcp.listening {
            self.enqueue(pending, Payload::Connection(Err(errno)), summary, Place::Now);
        }
    }

    /// The process has no descriptors left: with the one that was kept for this, takes the connections that
    /// wait and closes them, so that their peers know and the loop does not meet them for ever.
    fn refuse_connections(&mut self, id: HandleId) -> bool {
        if self.spare.take().is_none() {
            return false;
        }
        if let Some(tcp) = self.handles.tcp_mut(id)
            && let Some(socket) = &tcp.socket
        {
            let refused = (0..ACCEPTS).try_for_each(|_| net::accept(socket).map(drop));
            if refused.is_err() {
                tcp.readable = false;
            }
        }
        self.keep_spare();
        true
    }

    /// Opens the descriptor that [`refuse_connections`](EventLoop::refuse_connections) gives up.
    pub fn keep_spare(&mut self) {
        if self.spare.is_none() {
            self.spare = rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok();
        }
    }

    /// Reads what there is, as much as a turn allows.
    fn read(&mut self, id: HandleId, budget: &mut usize) -> Progress {
        if self.buffer.is_empty() {
            self.buffer = vec![0; READ_BYTES];
        }
        for _ in 0..READS {
            let Some(tcp) = self.handles.tcp_mut(id) else { return Progress::Done };
            let Some(pending) = tcp.reading else { return Progress::Done };
            if tcp.connecting.is_some() {
                return Progress::Done;
            }
            if let Some(reading) = tcp.unread.pop_front() {
                let summary = tcp.summary(detail_of(&reading));
                tcp.has_ended |= !matches!(reading, Reading::Bytes(_));
                self.enqueue(pending, Payload::Read(reading), summary, Place::Now);
                continue;
            }
            if !tcp.readable || tcp.has_ended {
                return Progress::Done;
            }
            if *budget == 0 {
                return Progress::More;
            }
            let Some(socket) = &tcp.socket else { return Progress::Done };
            let reading = match net::recv(socket.as_fd(), &mut self.buffer[..], RecvFlags::DONTWAIT) {
                Ok((0, _)) => Reading::End,
                Ok((count, _)) => {
                    // Fewer than there was room for: there was no more, and more will come with an edge.
                    // After a hang-up there is no further edge.
                    tcp.readable = count == self.buffer.len() || tcp.hung_up;
                    *budget = budget.saturating_sub(count);
                    Reading::Bytes(self.buffer[..count].to_vec())
                }
                Err(Errno::AGAIN) => {
                    tcp.readable = false;
                    return Progress::Done;
                }
                Err(Errno::INTR) => continue,
                Err(errno) => {
                    tcp.can_read = false;
                    tcp.can_write = false;
                    Reading::Failed(errno)
                }
            };
            tcp.has_ended = !matches!(reading, Reading::Bytes(_));
            let summary = tcp.summary(detail_of(&reading));
            self.enqueue(pending, Payload::Read(reading), summary, Place::Now);
        }
        Progress::More
    }
}

fn detail_of(reading: &Reading) -> Detail {
    match reading {
        Reading::Bytes(bytes) => Detail::Bytes(bytes.len() as u64),
        Reading::End => Detail::End,
        Reading::Failed(errno) => Detail::Failed(*errno),
    }
}
