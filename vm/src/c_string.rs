//! Strings as C, and so the reference, sees them.

/// The bytes up to the first zero.
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |at| &bytes[..at])
}
