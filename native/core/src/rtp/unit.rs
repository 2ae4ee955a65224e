//! What depacketisers share: the access unit that they return, and the fault that they report.

/// An 8K key frame is a few MiB. No more than this is kept for one access unit.
pub const MAX_BYTES: usize = 8 << 20;
/// The cost of a part beside its bytes, so that a flood of tiny parts is bounded, too.
pub const PART_BYTES: usize = 64;

/// Why a packet became nothing; the next one may be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A malformed packet or access unit.
    Damaged(&'static str),
    /// A packet that came already, or comes too late. Networks do that: it does not count as damage.
    Late(&'static str),
}

/// One access unit: a picture or a block of sound. `ticks` is its RTP time, unwrapped; `duration` is 0 if unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub payload: Vec<u8>,
    pub ticks: i128,
    pub duration: i128,
    pub is_key: bool,
    pub is_corrupt: bool,
}

impl Unit {
    /// Sound: each unit can be decoded alone.
    pub fn sound(payload: &[u8], ticks: i128, duration: i128) -> Unit {
        Unit { payload: payload.to_vec(), ticks, duration, is_key: true, is_corrupt: false }
    }
}
