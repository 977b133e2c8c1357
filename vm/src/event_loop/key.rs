//! The name of a pending entry, apart from the registry: handles hold it, and entries hold handles.

use dumpfmt::record::PendingId;

/// An entry's place and number. The number tells whether it is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingKey {
    /// Its slot in the registry.
    pub(super) slot: u32,
    /// Its number.
    pub id: PendingId,
}
