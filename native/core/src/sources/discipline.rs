//! Keeps the time stamps of one live track in step with our own clock, by the rules of `framecast/sources/discipline.py`.

use super::stamps::Stamp;
use super::timeline::MAX_STEP_NS;
use crate::rtp::NS;

pub const MS: i128 = NS / 1000;
pub const SPAN_NS: i128 = NS / 2;
pub const TOLERANCE_NS: i128 = 150 * MS;
pub const WRONG_NS: i128 = 250 * MS;
pub const WRONG_SPANS: usize = 3;
pub const GROWTH_NS: i128 = 12 * MS;
pub const CRYSTAL_NS: i128 = MS / 2;
pub const SUSPICIOUS: f64 = 8.0;
pub const GOOD: f64 = 0.2;
pub const LEAP: i128 = 3;
pub const LEAP_NS: i128 = NS / 5;
pub const PROBATION: usize = 21;
pub const PULL: i128 = 10;
pub const JUMP_NS: i128 = NS;
pub const HOPELESS_NS: i128 = 10 * NS;
pub const MEMORY: i128 = 16;
pub const MAX_LEAD_NS: i128 = NS;

/// The smallest delay of each span of time. `count` is how many are over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spans {
    pub count: i128,
    pub least: Option<i128>,
    pub since_ns: Option<i128>,
    pub past: Vec<i128>,
}

impl Spans {
    fn begin(&mut self) {
        *self = Spans::default();
    }

    fn keeps_time(&self) -> bool {
        let (most, least) = (self.past.iter().max(), self.past.iter().min());
        self.past.len() >= PROBATION && most.zip(least).is_some_and(|(most, least)| most - least <= TOLERANCE_NS)
    }

    /// Take a delay; return the smallest one of a span with the first packet after it.
    fn take(&mut self, delay_ns: i128, now_ns: i128, fresh: bool) -> Option<i128> {
        let mut found = None;
        if self.since_ns.is_none_or(|since_ns| now_ns - since_ns >= SPAN_NS) {
            found = self.least.take();
            self.since_ns = Some(now_ns);
            if let Some(least) = found {
                self.count += 1;
                let spare = (self.past.len() + 1).saturating_sub(PROBATION);
                self.past.drain(..spare);
                self.past.push(least);
            }
        }
        if fresh {
            self.least = Some(self.least.map_or(delay_ns, |least| least.min(delay_ns)));
        }
        found
    }
}

/// The state of one track. A tick is `tick_num / tick_den` nanoseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Discipline {
    pub tick_num: i128,
    pub tick_den: i128,
    pub usual_ns: i128,
    pub follows: bool,
    pub added_ns: i128,
    pub owed_ns: i128,
    pub delay_ns: i128,
    pub first_delay_ns: i128,
    pub wrong: Vec<i128>,
    pub suspicion: f64,
    pub interval_ns: f64,
    pub raw_ns: f64,
    pub last: Option<(i128, i128)>,
    pub out_ns: i128,
    pub last_dts: Option<i128>,
    pub spans: Spans,
}

impl Discipline {
    /// Return the times of a packet that arrived at `arrived_ns`. `fresh` is false if it waited here before it was read.
    pub fn steady(&mut self, stamp: Stamp, arrived_ns: i128, fresh: bool) -> Stamp {
        let raw_ns = stamp.dts * self.tick_num / self.tick_den.max(1);
        match self.last {
            None => {
                self.delay_ns = arrived_ns - raw_ns;
                self.first_delay_ns = self.delay_ns;
            }
            Some((last_ns, at_ns)) => {
                let passed_ns = arrived_ns - at_ns;
                if self.note(raw_ns - last_ns, passed_ns, stamp.jumped) && passed_ns >= self.usual_ns / 2 {
                    self.absorb(arrived_ns - raw_ns - self.added_ns);
                }
            }
        }
        self.last = Some((raw_ns, arrived_ns));
        if let Some(drift) = self.spans.take(arrived_ns - raw_ns, arrived_ns, fresh) {
            self.judge(drift, raw_ns);
        }
        if self.follows {
            self.out_ns = self.by_arrival(arrived_ns);
        } else {
            let paid = self.owed_ns.clamp(-MAX_STEP_NS, MAX_STEP_NS);
            self.added_ns += paid;
            self.owed_ns -= paid;
            self.out_ns = raw_ns + self.added_ns;
        }
        self.stamped(stamp, raw_ns)
    }

    /// Check one step of the time stamps; true if it is a jump ahead that our clock does not confirm.
    fn note(&mut self, step_ns: i128, passed_ns: i128, jumped: bool) -> bool {
        let usual = self.interval_ns;
        let passed = (passed_ns as f64).min(4.0 * usual + MS as f64).min(JUMP_NS as f64);
        self.interval_ns += (passed - usual) / MEMORY as f64;
        self.raw_ns += (step_ns.min(JUMP_NS) as f64 - self.raw_ns) / MEMORY as f64;
        let is_leap = step_ns > 3 * self.usual_ns.max(passed_ns) + LEAP_NS && !jumped;
        if is_leap {
            self.suspicion += LEAP as f64;
        } else if jumped || step_ns <= self.usual_ns / 16 {
            self.suspicion += 1.0;
        } else {
            self.suspicion = (self.suspicion - GOOD).max(0.0);
            return false;
        }
        self.spans.past.clear();
        if self.suspicion >= SUSPICIOUS {
            self.suspicion = SUSPICIOUS;
            self.follow();
        }
        is_leap
    }

    fn absorb(&mut self, delay_ns: i128) {
        let ahead_ns = self.delay_ns - delay_ns;
        if ahead_ns > TOLERANCE_NS {
            self.added_ns -= ahead_ns;
        }
    }

    /// Take the smallest delay of the span that is over. `raw_ns` is the stamp of the packet behind it.
    fn judge(&mut self, raw_delay_ns: i128, raw_ns: i128) {
        if self.follows {
            if self.spans.keeps_time() {
                self.trust(raw_ns);
            }
            return;
        }
        if self.spans.count == 1 {
            self.delay_ns = raw_delay_ns - self.added_ns; // a burst at the beginning is over
            return;
        }
        let drift = raw_delay_ns - self.added_ns - self.delay_ns;
        if drift.abs() > WRONG_NS {
            self.owed_ns = 0;
            self.judge_wrong(drift);
            return;
        }
        self.wrong.clear();
        if drift.abs() > TOLERANCE_NS || (self.owed_ns != 0 && drift.abs() > TOLERANCE_NS / 2) {
            self.owed_ns = drift;
        } else {
            self.owed_ns = 0;
            self.delay_ns += drift.clamp(-CRYSTAL_NS, CRYSTAL_NS);
        }
    }

    fn judge_wrong(&mut self, drift: i128) {
        let before = self.wrong.last().copied().unwrap_or(0);
        if before != 0 && ((drift < 0) != (before < 0) || drift.abs() < before.abs() + GROWTH_NS) {
            self.wrong.clear();
            self.delay_ns += drift; // the network path has become longer or shorter
            return;
        }
        self.wrong.push(drift);
        if let [.., last_but_one, last] = self.wrong[..]
            && self.wrong.len() >= WRONG_SPANS
        {
            if drift < 0 {
                // The first span, from which the reference is, was fast as well.
                self.delay_ns -= last - last_but_one;
                self.delay_ns = self.delay_ns.min(self.first_delay_ns);
            }
            self.follow();
        }
    }

    fn follow(&mut self) {
        if !self.follows {
            self.follows = true;
            self.spans.begin();
        }
    }

    /// Go on with the time stamps of the source from the current time.
    fn trust(&mut self, raw_ns: i128) {
        self.follows = false;
        self.added_ns = self.out_ns + rounded(self.interval_ns) - raw_ns;
        (self.suspicion, self.owed_ns) = (0.0, 0);
        self.wrong.clear();
        self.spans.begin();
    }

    fn by_arrival(&mut self, arrived_ns: i128) -> i128 {
        let interval = rounded(self.interval_ns).max(1000);
        let expected = self.out_ns + interval;
        let mut error = arrived_ns - self.delay_ns - expected;
        if error > JUMP_NS {
            return expected + error;
        }
        if error < -HOPELESS_NS {
            self.delay_ns += error;
            error = 0;
        }
        self.out_ns + (interval / 2).max(interval + error.div_euclid(PULL))
    }

    fn stamped(&mut self, stamp: Stamp, raw_ns: i128) -> Stamp {
        if self.out_ns == raw_ns && !self.follows {
            self.last_dts = Some(stamp.dts);
            return stamp;
        }
        let mut dts = stamp.dts + divided((self.out_ns - raw_ns) * self.tick_den, self.tick_num);
        if let Some(last_dts) = self.last_dts.filter(|last_dts| dts <= *last_dts) {
            dts = last_dts + 1;
        }
        self.last_dts = Some(dts);
        if !self.follows {
            return Stamp { dts, pts: dts + stamp.pts - stamp.dts, ..stamp };
        }
        // Time stamps that jump say nothing about the order of the pictures; those of another rate do.
        let scale = if self.suspicion > LEAP as f64 { 0.0 } else { self.interval_ns / self.raw_ns.max(1.0) };
        let lead = ((stamp.pts - stamp.dts) as f64 * scale) as i128;
        let lead = lead.min(MAX_LEAD_NS * self.tick_den / self.tick_num.max(1));
        let tick_ns = self.tick_num as f64 / self.tick_den as f64;
        let duration = rounded(self.interval_ns / tick_ns).max(1);
        Stamp { pts: dts + lead, dts, duration, jumped: false }
    }
}

/// As Python's `round`: halves to the even neighbour.
fn rounded(value: f64) -> i128 {
    value.round_ties_even() as i128
}

/// The quotient, rounded as Python rounds a `Fraction`. `by` is positive.
fn divided(value: i128, by: i128) -> i128 {
    let by = by.max(1);
    let (floor, rest) = (value.div_euclid(by), value.rem_euclid(by));
    match (2 * rest).cmp(&by) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + (floor & 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!([5, 7, -5, -7, 4, 6].map(|value| divided(value, 2)), [2, 4, -2, -4, 2, 3]);
        assert_eq!([0.5, 1.5, 2.5, -0.5].map(rounded), [0, 2, 2, 0]);
    }
}
