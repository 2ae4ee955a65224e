//! One track of a sender: RTP and RTCP packets in, access units with their times out.

use super::clock::TrackClock;
use super::header::{self, Numbering};
use super::nal::Nal;
use super::order::DecodeOrder;
use super::rtcp;
use super::senders::Senders;
use super::sound::{self, Aac};
use super::unit::{Fault, Unit};

/// Makes units of the payloads of one track, in the order of their sequence numbers.
#[derive(Debug)]
pub enum Depacketiser {
    Nal(Box<Nal>),
    Aac(Aac),
    G711 { channels: u32 },
    Opus,
}

impl Depacketiser {
    /// Return the units that a payload completes. `lost` is true if packets before it are missing.
    pub fn take(&mut self, payload: &[u8], ticks: i128, marker: bool, lost: bool) -> Result<Vec<Unit>, Fault> {
        match self {
            Depacketiser::Nal(nal) => nal.take(payload, ticks, marker, lost),
            Depacketiser::Aac(aac) => aac.take(payload, ticks, lost),
            Depacketiser::G711 { channels } => Ok(sound::g711(payload, ticks, *channels)),
            Depacketiser::Opus => Ok(sound::opus(payload, ticks)),
        }
    }
}

/// The times of a unit as its packet has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub pts: i128,
    pub dts: i128,
    pub wall_ns: Option<i128>,
}

/// Depacketises one track. `order` is the decoding order of video; audio has none: it is decoded in the order of its times.
#[derive(Debug)]
pub struct Track {
    pub clock: TrackClock,
    pub order: Option<DecodeOrder>,
    pub is_over: bool, // the sender has said goodbye
    pub lost: u64,     // packets that never came
    payload_type: u8,
    depacketiser: Depacketiser,
    numbers: Numbering,
    senders: Senders,
    is_new: bool, // another sender has taken over
}

impl Track {
    pub fn new(payload_type: u8, rate: u32, depacketiser: Depacketiser, ssrc: Option<u32>) -> Track {
        Track {
            clock: TrackClock::new(rate),
            order: None,
            is_over: false,
            lost: 0,
            payload_type,
            depacketiser,
            numbers: Numbering::default(),
            senders: Senders::new(ssrc),
            is_new: false,
        }
    }

    /// The SSRC of the sender, 0 before its first packet.
    pub fn sender(&self) -> u32 {
        self.senders.ssrc.unwrap_or(0)
    }

    /// True for a packet of this track's payload type.
    pub fn is_mine(&self, packet: &[u8]) -> bool {
        packet.len() > 1 && packet[1] & 0x7F == self.payload_type
    }

    /// Return the access units that an RTP packet completes.
    pub fn units(&mut self, packet: &[u8], since_begin_ns: i128) -> Result<Vec<Unit>, Fault> {
        let found = header::parse(packet)?;
        if self.senders.ssrc != Some(found.ssrc) {
            return self.meet(packet, found.ssrc, found.sequence, since_begin_ns);
        }
        let missing = self.numbers.lost(found.sequence)?;
        self.lost += u64::from(missing);
        let is_cut = missing > 0 || self.is_new;
        self.is_new = false;
        let ticks = self.clock.ticks(found.timestamp, since_begin_ns);
        let units = self.depacketiser.take(found.payload, ticks, found.marker, is_cut)?;
        self.senders.heard_ns = Some(since_begin_ns);
        Ok(units)
    }

    /// A packet of another sender than before.
    fn meet(&mut self, packet: &[u8], ssrc: u32, number: u16, since_begin_ns: i128) -> Result<Vec<Unit>, Fault> {
        let following = self.numbers.following();
        let is_first = self.senders.ssrc.is_none() && following.is_none();
        let found = self.senders.meet(packet, ssrc, following == Some(number), since_begin_ns);
        if found.is_empty() {
            return Ok(Vec::new());
        }
        if !is_first {
            (self.numbers, self.is_new) = (Numbering::default(), true);
            self.clock.restart();
        }
        let last = found.len() - 1;
        let mut units = Vec::new();
        for (index, (one, at_ns)) in found.into_iter().enumerate() {
            match self.units(&one, at_ns) {
                Ok(more) => units.extend(more),
                Err(fault) if index == last => return Err(fault),
                Err(_) => {}
            }
        }
        Ok(units)
    }

    /// Return the times of a unit.
    pub fn times(&mut self, ticks: i128) -> Times {
        let pts = ticks + self.clock.shift;
        let dts = self.order.as_mut().map_or(pts, |order| order.dts(pts));
        Times { pts, dts, wall_ns: self.clock.wall_ns(ticks) }
    }

    /// Take an RTCP packet; the times of audio then follow `video`, the clock of the same sender's video.
    pub fn report(&mut self, packet: &[u8], video: Option<&TrackClock>) {
        if rtcp::has_goodbye(packet) {
            if !self.senders.has_rivals {
                self.is_over = true;
            } else if self.senders.ssrc == Some(rtcp::sender_of(packet)) {
                self.senders.leave();
            }
        }
        let Some(report) = rtcp::report_of(packet) else { return };
        if self.senders.has_rivals && self.senders.ssrc != Some(report.ssrc) {
            return;
        }
        self.clock.heard(report);
        if let Some(video) = video {
            self.clock.follow(video);
        }
    }
}
