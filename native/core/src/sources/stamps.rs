//! Time stamps that only go forward, of a source that is not paced, by the rules of `framecast/sources/stamps.py`.

use crate::rtp::NS;

pub const DISORDER_NS: i128 = NS / 4;
pub const FIT_NS: i128 = 2 * NS;

/// What is added to the time stamps of all tracks, in nanoseconds; None until the first packet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shift {
    pub ns: Option<i128>,
}

/// The repaired times of one packet, in ticks. `jumped` is true if a new timeline began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub pts: i128,
    pub dts: i128,
    pub duration: i128,
    pub jumped: bool,
}

/// The state of one track. A tick is `num / den` seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stamps {
    pub num: i128,
    pub den: i128,
    pub step: i128,
    pub disorder: i128,
    pub gap: i128,
    pub shift: Option<i128>,
    pub last: Option<i128>,
    pub last_arrival_ns: i128,
}

impl Stamps {
    /// Return ticks as nanoseconds.
    pub fn ns(&self, ticks: i128) -> i128 {
        (ticks * self.num * NS).div_euclid(self.den.max(1))
    }

    /// Return nanoseconds as ticks.
    pub fn ticks(&self, ns: i128) -> i128 {
        (ns * self.den).div_euclid((self.num * NS).max(1))
    }

    /// Return usable times of a packet that has both times. A `duration` of 0 is unknown.
    pub fn repair(&mut self, shared: &mut Shift, pts: i128, dts: i128, duration: i128, arrived_ns: i128) -> Stamp {
        let step = if duration == 0 { self.step } else { duration };
        let mut out = dts + self.current_shift(shared, dts);
        let mut jumped = false;
        if let Some(last) = self.last.filter(|last| !(0 < out - last && out - last <= self.gap)) {
            (out, jumped) = self.mend(shared, dts, out, last, step, arrived_ns);
        }
        let shown = out.max(pts + self.shift.unwrap_or(0));
        (self.last, self.last_arrival_ns) = (Some(out), arrived_ns);
        Stamp { pts: shown, dts: out, duration: step, jumped }
    }

    /// Negative times cause trouble: a source that begins with them is moved by whole seconds.
    fn current_shift(&mut self, shared: &mut Shift, raw: i128) -> i128 {
        if let Some(shift) = self.shift {
            return shift;
        }
        let ns = *shared.ns.get_or_insert_with(|| if raw >= 0 { 0 } else { -(self.ns(raw).div_euclid(NS)) * NS });
        let shift = self.ticks(ns);
        self.shift = Some(shift);
        if raw + shift < 0 {
            self.last = Some(-1);
        }
        shift
    }

    fn mend(&mut self, shared: &mut Shift, raw: i128, out: i128, last: i128, step: i128, arrived_ns: i128) -> (i128, bool) {
        if -self.disorder < out - last && out - last <= 0 {
            return (last + 1, false);
        }
        let passed = if self.last_arrival_ns == 0 { 0 } else { self.ticks(arrived_ns - self.last_arrival_ns) };
        let expected = last + step.max(passed);
        let fit = self.ticks(FIT_NS);
        if out > last && (out - expected).abs() <= fit {
            return (out, false); // the source was silent for as long as it says
        }
        let mut moved = raw + self.ticks(shared.ns.unwrap_or(0));
        if !(moved > last && (moved - expected).abs() <= fit) {
            moved = expected;
            shared.ns = Some(self.ns(expected - raw));
        }
        self.shift = Some(moved - raw);
        (moved, true)
    }
}
