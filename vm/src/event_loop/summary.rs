//! What an event was about, kept as numbers and put into words only when a dump is written.
//!
//! Invariant: making one allocates and formats nothing, so that every delivery can be recorded; putting it into
//! words uses a buffer of fixed size, so that the fatal path can.

use super::errno;
use crate::fatal::line::Line;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use rustix::io::Errno;

/// Two IPv6 addresses with ports, and a word or two.
pub type Words = Line<144>;

/// What an event was about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Who is at the other end.
    pub peer: Option<SocketAddr>,
    /// This end.
    pub local: Option<SocketAddr>,
    /// The rest.
    pub detail: Detail,
}

/// What happened, or came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing more to tell.
    #[default]
    Nothing,
    /// So many bytes.
    Bytes(u64),
    /// The other end sends no more.
    End,
    /// It failed.
    Failed(Errno),
    /// A timer, started for so many milliseconds.
    After(u64),
    /// A timer that comes back after so many milliseconds.
    Every(u64),
    /// A word.
    Word(&'static str),
}

impl Summary {
    /// Nothing but a detail.
    pub const fn of(detail: Detail) -> Summary {
        Summary { peer: None, local: None, detail }
    }

    /// In words: `127.0.0.1:52114 -> 127.0.0.1:7000, 42 bytes`.
    pub fn words(&self) -> Words {
        let mut words = Words::new();
        if let Some(peer) = self.peer {
            put_address(&mut words, peer);
        }
        if let Some(local) = self.local {
            words.text(if self.peer.is_some() { " -> " } else { "at " });
            put_address(&mut words, local);
        }
        if self.detail != Detail::Nothing && !words.as_bytes().is_empty() {
            words.text(", ");
        }
        match self.detail {
            Detail::Nothing => {}
            Detail::Bytes(1) => {
                words.text("1 byte");
            }
            Detail::Bytes(count) => {
                words.number(count, 1).text(" bytes");
            }
            Detail::End => {
                words.text("end of stream");
            }
            Detail::Failed(number) => match errno::name(number) {
                Some(name) => {
                    words.text(name);
                }
                None => {
                    words.text("system error ").number(number.raw_os_error().unsigned_abs().into(), 1);
                }
            },
            Detail::After(milliseconds) => {
                words.text("after ").number(milliseconds, 1).text(" ms");
            }
            Detail::Every(milliseconds) => {
                words.text("every ").number(milliseconds, 1).text(" ms");
            }
            Detail::Word(word) => {
                words.text(word);
            }
        }
        words
    }
}

/// An address in words, empty when there is none.
pub fn address_words(address: Option<SocketAddr>) -> Line<64> {
    let mut words = Line::new();
    if let Some(address) = address {
        put_address(&mut words, address);
    }
    words
}

/// Writes `host:port`, without the standard library's formatting: see the module's invariant.
fn put_address<const N: usize>(words: &mut Line<N>, address: SocketAddr) {
    match address.ip() {
        IpAddr::V4(ip) => {
            for (index, octet) in ip.octets().into_iter().enumerate() {
                words.text(if index > 0 { "." } else { "" }).number(octet.into(), 1);
            }
        }
        IpAddr::V6(ip) => {
            words.text("[");
            put_groups(words, ip);
            words.text("]");
        }
    }
    words.text(":").number(address.port().into(), 1);
}

/// The groups of an IPv6 address; the longest run of zeros, if longer than one, as `::`.
fn put_groups<const N: usize>(words: &mut Line<N>, ip: Ipv6Addr) {
    let groups = ip.segments();
    let (mut longest, mut start) = (0, 0);
    let mut run = 0;
    for (index, group) in groups.iter().enumerate() {
        run = if *group == 0 { run + 1 } else { 0 };
        if run > longest {
            (longest, start) = (run, index + 1 - run);
        }
    }
    let mut index = 0;
    while index < groups.len() {
        if longest > 1 && index == start {
            words.text("::");
            index += longest;
            continue;
        }
        if index > 0 && !(longest > 1 && index == start + longest) {
            words.text(":");
        }
        put_group(words, groups[index]);
        index += 1;
    }
}

fn put_group<const N: usize>(words: &mut Line<N>, group: u16) {
    let mut is_leading = true;
    for shift in [12, 8, 4, 0] {
        let digit = usize::from(group >> shift & 15);
        is_leading &= digit == 0 && shift > 0;
        if !is_leading {
            words.bytes(&[b"0123456789abcdef"[digit]]);
        }
    }
}

#[cfg(test)]
mod tests;
