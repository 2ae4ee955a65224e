//! Stamps and keeps the packets of a live source while nobody reads it: what `Relay` in `framecast/sources/relay.py` does in its usual
//! case. Whatever is not usual is left to Python: a reader that came, other parameters, memory that is missing.

use super::discipline::Discipline;
use super::stamps::{Shift, Stamps};
use super::timeline::Timeline;
use crate::bus::kept::Meta;
use crate::bus::ledger::Ledger;
use crate::bus::pool::Slot;
use crate::media::parameters::{Codec, signature};
use crate::rtp::NS;
use crate::rtp::track::Times;
use crate::rtp::unit::Unit;

/// A packet that waited here for less shows by its arrival how good the time stamps are.
pub const FRESH_NS: i128 = NS / 4;
/// Times beyond this are left to Python: about 36 years.
const FARTHEST_NS: i128 = 1 << 60;
const KEY: u8 = 1;
const DISCONTINUITY: u8 = 2;
const CORRUPT: u8 = 4;

/// When a packet is taken: CLOCK_MONOTONIC, UTC, and how long it may have waited here.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now_ns: i128,
    pub utc_ns: i128,
    pub queued_ns: i128,
}

/// One track. `watched` is the codec whose parameters must stay those of `signature`.
#[derive(Debug, Clone)]
pub struct Lane {
    pub index: i64,  // of the track in its packets
    pub number: i64, // of the track in the timeline
    pub stamps: Stamps,
    pub discipline: Option<Discipline>,
    pub watched: Option<Codec>,
    pub signature: Vec<u8>,
    pub ledger: Option<Ledger>, // while it is lent
}

impl Lane {
    /// Return the times of a unit, as the bus has them.
    fn meta(&mut self, unit: &Unit, times: Times, at: &Moment, shift: &mut Shift, timeline: &mut Timeline) -> Meta {
        let mut stamp = self.stamps.repair(shift, times.pts, times.dts, unit.duration, at.now_ns);
        if let Some(discipline) = &mut self.discipline {
            stamp = discipline.steady(stamp, at.now_ns, at.queued_ns < FRESH_NS);
        }
        let shown_ns = self.stamps.ns(stamp.pts);
        let (captured_at, clock) = timeline.capture(shown_ns, times.wall_ns, self.number, at.utc_ns);
        let is_long_before = self.stamps.ns(stamp.pts - stamp.dts) > NS;
        let marks = [(unit.is_key, KEY), (stamp.jumped, DISCONTINUITY), (unit.is_corrupt, CORRUPT)];
        Meta {
            pts: stamp.pts,
            captured_at: if is_long_before { captured_at.min(at.utc_ns) } else { captured_at },
            arrived_ns: at.now_ns,
            clock,
            dts: stamp.dts,
            duration: stamp.duration,
            flags: marks.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum(),
        }
    }

    fn has_changed(&self, unit: &Unit) -> bool {
        let Some(codec) = self.watched.filter(|_| unit.is_key) else { return false };
        let found = signature(codec, &unit.payload);
        !found.is_empty() && found != self.signature
    }

    fn is_far(&self, unit: &Unit) -> bool {
        self.stamps.ns(unit.ticks).abs() > FARTHEST_NS || !(0..=i128::from(u32::MAX)).contains(&unit.duration)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Keeper {
    pub shift: Shift,
    pub timeline: Timeline,
    pub lanes: Vec<Lane>,
    pub end_ns: i128,
    pub packets: u64,  // that were kept
    pub is_over: bool, // everything that comes is Python's now
}

impl Keeper {
    /// Keep a unit of the track `index`: `write` copies its payload into a slot, `times` are asked for only if it is kept.
    ///
    /// False if it is left to Python, with all that follow.
    pub fn take(
        &mut self,
        index: i64,
        unit: &Unit,
        at: &Moment,
        times: impl FnOnce() -> Times,
        write: impl FnOnce(Slot, &[u8]),
    ) -> bool {
        if self.is_over {
            return false;
        }
        let Some(lane) = self.lanes.iter_mut().find(|lane| lane.index == index) else {
            return true; // a track that nobody announced
        };
        let is_usual = !lane.is_far(unit) && !lane.has_changed(unit);
        let Some(slot) = lane.ledger.as_mut().filter(|_| is_usual).and_then(|ledger| ledger.reserve(unit.payload.len())) else {
            self.is_over = true;
            return false;
        };
        write(slot, &unit.payload);
        let meta = lane.meta(unit, times(), at, &mut self.shift, &mut self.timeline);
        self.end_ns = self.end_ns.max(lane.stamps.ns(meta.pts + meta.duration));
        if let Some(ledger) = &mut lane.ledger {
            ledger.publish(slot, unit.payload.len(), meta, at.now_ns);
        }
        self.packets += 1;
        true
    }
}
