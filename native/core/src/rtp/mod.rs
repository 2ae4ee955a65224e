//! RTP (RFC 3550): untrusted packets become access units as soon as their last packet is there.

pub mod clock;
pub mod h264;
pub mod h265;
pub mod header;
pub mod nal;
pub mod order;
pub mod rtcp;
pub mod senders;
pub mod sound;
pub mod track;
pub mod unit;

/// Nanoseconds of a second.
pub const NS: i128 = 1_000_000_000;
