//! Chooses one sender of a track (RFC 3550 section 8): packets of another SSRC on the same channel do not belong to the track.
//!
//! Packets of others are kept for a moment: if the chosen sender falls silent while another sends, that one takes over with all that it
//! has sent. The same happens if the sender that the server named does not send.

use std::collections::VecDeque;

use super::NS;

/// Silence after which another sender takes over: of a sender that the server has named, of any other, of one that has never sent.
pub const NAMED_NS: i128 = 3 * NS;
pub const OTHER_NS: i128 = NS;
pub const UNHEARD_NS: i128 = NS / 2;
pub const MAX_KEPT: usize = 4096;
pub const MAX_KEPT_BYTES: usize = 8 << 20;

/// A packet, and when it came, from the source's first packet on.
pub type Kept = (Vec<u8>, i128);

/// `ssrc` is the chosen sender, None before the first packet. The caller sets `heard_ns` to the time of its last packet.
#[derive(Debug, Default)]
pub struct Senders {
    pub ssrc: Option<u32>,
    pub heard_ns: Option<i128>, // None until the first valid packet
    pub has_rivals: bool,
    named: Option<u32>,
    other: Option<u32>,
    since_ns: i128,
    kept: VecDeque<Kept>,
    bytes: usize,
}

impl Senders {
    pub fn new(named: Option<u32>) -> Senders {
        let named = named.filter(|ssrc| *ssrc != 0);
        Senders { ssrc: named, named, ..Senders::default() }
    }

    /// Take a packet of another sender than the chosen one.
    ///
    /// Returns nothing, or all packets of the sender that takes over now, this one last; `ssrc` is that sender then. `sequel` is true
    /// if the packet has the next number: then the sender has only changed its SSRC, unless there were several before.
    pub fn meet(&mut self, packet: &[u8], ssrc: u32, sequel: bool, now_ns: i128) -> VecDeque<Kept> {
        if self.ssrc.is_none() || (sequel && self.named.is_none() && !self.has_rivals) {
            self.switch(ssrc);
            return VecDeque::from([(packet.to_vec(), now_ns)]);
        }
        self.has_rivals = true;
        if self.other != Some(ssrc) || self.heard_ns.unwrap_or(0) > self.since_ns {
            (self.other, self.since_ns) = (Some(ssrc), now_ns);
            self.kept.clear();
            self.bytes = 0;
        }
        self.kept.push_back((packet.to_vec(), now_ns));
        self.bytes += packet.len();
        if (self.bytes > MAX_KEPT_BYTES || self.kept.len() > MAX_KEPT)
            && let Some((oldest, _)) = self.kept.pop_front()
        {
            self.bytes -= oldest.len();
        }
        if now_ns - self.since_ns < self.patience_ns() {
            return VecDeque::new();
        }
        let found = std::mem::take(&mut self.kept);
        self.switch(ssrc);
        found
    }

    /// The chosen sender has said goodbye: the next one takes over at once.
    pub fn leave(&mut self) {
        (self.ssrc, self.named) = (None, None);
    }

    fn patience_ns(&self) -> i128 {
        match self.heard_ns {
            None => UNHEARD_NS,
            Some(_) if self.ssrc == self.named => NAMED_NS,
            Some(_) => OTHER_NS,
        }
    }

    fn switch(&mut self, ssrc: u32) {
        (self.ssrc, self.heard_ns, self.other) = (Some(ssrc), None, None);
        if self.named != Some(ssrc) {
            self.named = None;
        }
        self.kept.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut senders = Senders::default();
        assert_eq!(senders.meet(b"first", 1, false, 0).len(), 1);
        for _ in 0..20_000 {
            senders.heard_ns = Some(0);
            senders.meet(&[0; 1000], 2, false, NS / 2);
        }
        assert!(senders.kept.len() <= MAX_KEPT);
    }
}
