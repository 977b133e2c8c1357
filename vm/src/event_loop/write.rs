//! Writing to a stream: strings sent as far as the system takes them, the rest when there is room again, then
//! the end of the sending side.
//!
//! Invariant: what is not sent stays in the Lua heap, kept by its pending entry; requests are done in their
//! order.

use super::handle::HandleId;
use super::pending::{Waiting, Writing};
use super::queue::{Payload, Place};
use super::state::EventLoop;
use super::summary::Detail;
use dumpfmt::layout::value::Value;
use dumpfmt::record::SiteStack;
use rustix::io::Errno;
use rustix::net::{self, SendFlags};
use std::os::fd::{AsFd, BorrowedFd};

/// How the loop gets at the bytes of a string value, which it knows only as something to keep.
pub type BytesOf<'a> = &'a dyn Fn(Value, &mut dyn FnMut(&[u8]));

/// Pieces shorter than this are put together before they are sent.
const GATHER_BYTES: usize = 16 << 10;

impl EventLoop {
    /// Writes strings; `values` are the callback and the request's userdata.
    pub fn write(
        &mut self,
        id: HandleId,
        data: Vec<Value>,
        values: (Value, Value),
        stack: &SiteStack,
        bytes_of: BytesOf<'_>,
    ) -> Result<(), Errno> {
        self.socket(id)?;
        if !self.handles.tcp(id).is_some_and(|tcp| tcp.can_write) {
            return Err(Errno::PIPE);
        }
        let total = data.iter().map(|piece| length_of(*piece, bytes_of) as u64).sum();
        let writing = Writing { data, total, ..Writing::default() };
        let pending = self.arm(Waiting::Write(writing), id, values, stack);
        self.requests += 1;
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.unwritten += total;
            tcp.writes.push_back(pending);
            if tcp.writes.len() == 1 {
                self.flush(id, Place::After, bytes_of);
            }
        }
        Ok(())
    }

    /// Writes as much as the system takes at once: how many bytes.
    pub fn try_write(&mut self, id: HandleId, data: Vec<Value>, bytes_of: BytesOf<'_>) -> Result<u64, Errno> {
        let tcp = self.handles.tcp_mut(id).ok_or(Errno::BADF)?;
        if tcp.connecting.is_some() || !tcp.writes.is_empty() {
            return Err(Errno::AGAIN);
        }
        let socket = tcp.socket.as_ref().ok_or(Errno::BADF)?;
        if !tcp.can_write {
            return Err(Errno::PIPE);
        }
        let mut writing = Writing { data, ..Writing::default() };
        match send(&mut writing, socket.as_fd(), tcp.is_blocking, bytes_of) {
            Err(Errno::AGAIN) => tcp.writable = false,
            Err(errno) if writing.done == 0 => return Err(errno),
            _ => {}
        }
        if writing.done == 0 && !writing.is_done() { Err(Errno::AGAIN) } else { Ok(writing.done) }
    }

    /// Ends the sending side after the writes before; `values` are the callback and the request's userdata.
    pub fn shut_down(
        &mut self,
        id: HandleId,
        values: (Value, Value),
        stack: &SiteStack,
    ) -> Result<(), Errno> {
        if self.is_closing(id) || !self.handles.tcp(id).is_some_and(|tcp| tcp.can_write) {
            return Err(Errno::NOTCONN);
        }
        let pending = self.arm(Waiting::Shutdown, id, values, stack);
        self.requests += 1;
        if let Some(tcp) = self.handles.tcp_mut(id) {
            tcp.can_write = false;
            tcp.shutdown = Some(pending);
        }
        self.finish_shutdown(id, Place::After);
        Ok(())
    }

    /// Sends what waits to be sent, as far as the system takes it.
    pub(super) fn flush(&mut self, id: HandleId, place: Place, bytes_of: BytesOf<'_>) {
        loop {
            let Some(tcp) = self.handles.tcp_mut(id) else { return };
            if tcp.connecting.is_some() || !tcp.writable {
                return;
            }
            let (Some(&pending), Some(socket)) = (tcp.writes.front(), &tcp.socket) else { break };
            let Some(Waiting::Write(writing)) =
                self.registry.get_mut(pending).map(|entry| &mut entry.waiting)
            else {
                tcp.writes.pop_front();
                continue;
            };
            let before = writing.done;
            let result = send(writing, socket.as_fd(), tcp.is_blocking, bytes_of);
            tcp.unwritten -= writing.done - before;
            let status = match result {
                Err(Errno::AGAIN) => {
                    tcp.writable = false;
                    return;
                }
                Ok(()) => None,
                Err(errno) => {
                    tcp.unwritten -= writing.total - writing.done;
                    Some(errno)
                }
            };
            let count = writing.done;
            tcp.writes.pop_front();
            let summary = tcp.summary(status.map_or(Detail::Bytes(count), Detail::Failed));
            self.enqueue(pending, Payload::Written(status), summary, place);
        }
        self.finish_shutdown(id, place);
    }

    /// Shuts the sending side down, if that was asked for and nothing is left to be sent.
    pub(super) fn finish_shutdown(&mut self, id: HandleId, place: Place) {
        if self.is_closing(id) {
            // The end of closing tells the request.
            return;
        }
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        if tcp.connecting.is_some() || !tcp.writes.is_empty() {
            return;
        }
        let Some(pending) = tcp.shutdown.take() else { return };
        let status = match &tcp.socket {
            Some(socket) => net::shutdown(socket, net::Shutdown::Write).err(),
            None => Some(Errno::NOTCONN),
        };
        let summary = tcp.summary(status.map_or(Detail::Nothing, Detail::Failed));
        self.enqueue(pending, Payload::Shutdown(status), summary, place);
    }

    /// Tells the writes of a connection that was not made, or is closed, that nothing becomes of them.
    pub(super) fn cancel_writes(&mut self, id: HandleId, place: Place) {
        let Some(tcp) = self.handles.tcp_mut(id) else { return };
        let summary = tcp.summary(Detail::Failed(Errno::CANCELED));
        tcp.unwritten = 0;
        for pending in core::mem::take(&mut tcp.writes) {
            self.enqueue(pending, Payload::Written(Some(Errno::CANCELED)), summary, place);
        }
    }
}

impl Writing {
    fn is_done(&self) -> bool {
        self.next >= self.data.len()
    }

    /// So many bytes more are done.
    fn advance(&mut self, mut count: usize, bytes_of: BytesOf<'_>) {
        self.done += count as u64;
        while let Some(piece) = self.data.get(self.next) {
            let left = length_of(*piece, bytes_of) - self.offset;
            if count < left {
                self.offset += count;
                return;
            }
            count -= left;
            self.offset = 0;
            self.next += 1;
        }
    }
}

/// Sends what is left, until it is done or the system refuses.
fn send(
    writing: &mut Writing,
    socket: BorrowedFd<'_>,
    may_block: bool,
    bytes_of: BytesOf<'_>,
) -> Result<(), Errno> {
    let mut flags = SendFlags::NOSIGNAL;
    flags.set(SendFlags::DONTWAIT, !may_block);
    writing.advance(0, bytes_of);
    let mut gathered = Vec::new();
    while let Some(first) = writing.data.get(writing.next) {
        let mut result = None;
        gathered.clear();
        let is_last = writing.next + 1 == writing.data.len();
        bytes_of(*first, &mut |bytes| {
            let rest = &bytes[writing.offset..];
            if is_last || rest.len() >= GATHER_BYTES {
                result = Some(net::send(socket, rest, flags));
            } else {
                gathered.extend_from_slice(rest);
            }
        });
        let result = result.unwrap_or_else(|| {
            for piece in &writing.data[writing.next + 1..] {
                if gathered.len() >= GATHER_BYTES {
                    break;
                }
                bytes_of(*piece, &mut |bytes| {
                    let room = 4 * GATHER_BYTES - gathered.len();
                    gathered.extend_from_slice(&bytes[..bytes.len().min(room)]);
                });
            }
            net::send(socket, &gathered, flags)
        });
        match result {
            Ok(count) => writing.advance(count, bytes_of),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

fn length_of(piece: Value, bytes_of: BytesOf<'_>) -> usize {
    let mut length = 0;
    bytes_of(piece, &mut |bytes| length = bytes.len());
    length
}
