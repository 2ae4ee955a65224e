//! From the time stamps of a stream to the moment of capture, by the rules of `Timeline` in `framecast/clock.py`.

use std::collections::{BTreeMap, VecDeque};

use crate::rtp::NS;

pub const MAX_CLOCK_ERROR_NS: i128 = 2 * NS;
pub const MAX_CLOCK_AHEAD_NS: i128 = NS / 10;
pub const MAX_STEP_NS: i128 = 2_000_000;
pub const MAX_JUMP_NS: i128 = 10 * NS;
pub const WINDOW_NS: i128 = 10 * NS;
pub const ARRIVAL: i64 = -1;
/// Of `Clock` in Python.
pub const BY_ARRIVAL: u8 = 0;
pub const BY_RTCP: u8 = 1;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    pub fastest: VecDeque<(i128, i128)>, // (arrival, arrival - stream): increasing minima
    pub last_ns: Option<i128>,
    pub offsets: BTreeMap<i64, i128>, // by track; that of ARRIVAL is shared
    pub error_ns: i128,
    pub corrected: bool,
    pub lag_ns: i128,
}

impl Timeline {
    /// Return when the packet with time stamp `stream_ns` was captured, and by which clock. `wall_ns` is the camera's clock.
    pub fn capture(&mut self, stream_ns: i128, wall_ns: Option<i128>, track: i64, now: i128) -> (i128, u8) {
        if self.last_ns.is_some_and(|last_ns| (stream_ns - last_ns).abs() > MAX_JUMP_NS) {
            self.fastest.clear();
            self.offsets.clear();
        }
        self.last_ns = Some(stream_ns);
        let arrival = self.arrival_offset(now, now - stream_ns);
        self.lag_ns = now - stream_ns - arrival;
        if let Some(wall_ns) = wall_ns
            && self.is_plausible(wall_ns - stream_ns - arrival)
        {
            return (stream_ns + self.slew(track, (wall_ns - stream_ns).min(arrival)), BY_RTCP);
        }
        let shared = self.slew(ARRIVAL, arrival);
        (stream_ns + self.return_to(track, shared), BY_ARRIVAL)
    }

    fn is_plausible(&mut self, error_ns: i128) -> bool {
        self.error_ns = error_ns;
        self.corrected = !(-MAX_CLOCK_ERROR_NS..=MAX_CLOCK_AHEAD_NS).contains(&error_ns);
        !self.corrected
    }

    fn arrival_offset(&mut self, now: i128, delay_ns: i128) -> i128 {
        while self.fastest.back().is_some_and(|(_, delay)| *delay >= delay_ns) {
            self.fastest.pop_back();
        }
        self.fastest.push_back((now, delay_ns));
        while self.fastest.front().is_some_and(|(at, _)| now - at > WINDOW_NS) {
            self.fastest.pop_front();
        }
        self.fastest.front().map_or(delay_ns, |(_, delay)| *delay)
    }

    fn return_to(&mut self, track: i64, shared: i128) -> i128 {
        if !self.offsets.contains_key(&track) {
            return shared;
        }
        let offset = self.slew(track, shared);
        if offset == shared {
            self.offsets.remove(&track);
        }
        offset
    }

    fn slew(&mut self, track: i64, target: i128) -> i128 {
        let offset = self.offsets.get(&track).or_else(|| self.offsets.get(&ARRIVAL)).copied();
        let offset = match offset {
            Some(offset) if (target - offset).abs() <= MAX_CLOCK_ERROR_NS => {
                offset + (target - offset).clamp(-MAX_STEP_NS, MAX_STEP_NS)
            }
            _ => target,
        };
        self.offsets.insert(track, offset);
        offset
    }
}
