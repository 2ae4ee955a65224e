//! RTP time stamps (RFC 3550 section 5.1) without wrapping, and the wall clock of the sender by its reports (section 6.4.1).
//!
//! The rules are those of `framecast/protocols/rtp/clock.py`, with whole numbers that round down as Python's do.

use super::NS;
use super::rtcp::Report;

const WRAP: i128 = 1 << 32;
const HALF: i128 = 1 << 31;
/// RTP-Info of some cameras is wrong: it is ignored if the first packet is this far from it.
pub const MAX_INFO_S: i128 = 10;
/// Of audio: how far its times may move with one report, backward and forward; with the first report; and the largest error that is
/// believed.
pub const MAX_STEP_NS: i128 = NS / 100;
pub const MAX_FIRST_BACK_NS: i128 = NS / 5; // further back would be another line of time
pub const MAX_APART_NS: i128 = 10 * NS;
/// Two reports show whether the time stamps follow the clock of the sender: within this share of their distance, and this constant.
pub const MAX_DRIFT: f64 = 0.02;
pub const MAX_ROUGHNESS_NS: i128 = NS / 20;

/// The time of one track. `rate` is its ticks a second.
#[derive(Debug, Clone)]
pub struct TrackClock {
    rate: i128,
    last: Option<u32>, // the newest time stamp
    ticks: i128,       // the same, unwrapped
    info: Option<u32>,
    report: Option<(i128, i128)>, // wall clock, ticks
    early: Option<Report>,        // one that came before the first packet
    pub shift: i128,              // ticks that audio is moved by, to be in step
    follows: bool,
    keeps_time: bool,
}

impl TrackClock {
    pub fn new(rate: u32) -> TrackClock {
        TrackClock {
            rate: i128::from(rate.max(1)),
            last: None,
            ticks: 0,
            info: None,
            report: None,
            early: None,
            shift: 0,
            follows: false,
            keeps_time: true,
        }
    }

    /// Set the time stamp of the moment zero that all tracks share (RTP-Info).
    pub fn begin_at(&mut self, timestamp: u32) {
        self.info = Some(timestamp);
    }

    /// Another sender takes over: its time stamps are unrelated to those before.
    pub fn restart(&mut self) {
        (self.last, self.report, self.info, self.early) = (None, None, None, None);
    }

    /// Return a time stamp unwrapped. `since_begin_ns` is when it arrived, from the source's first packet on.
    pub fn ticks(&mut self, timestamp: u32, since_begin_ns: i128) -> i128 {
        match self.last {
            None => self.ticks = self.first(timestamp, since_begin_ns),
            Some(last) => self.ticks += apart(timestamp, last),
        }
        self.last = Some(timestamp);
        if let Some(early) = self.early.take() {
            self.heard(early);
        }
        self.ticks
    }

    /// Take a sender report.
    pub fn heard(&mut self, report: Report) {
        let Some(last) = self.last else {
            self.early = Some(report);
            return;
        };
        self.early = None;
        let at = self.ticks + apart(report.timestamp, last);
        if let Some((wall_ns, before)) = self.report {
            let passed_ns = report.wall_ns - wall_ns;
            let stamped_ns = ((at - before) * NS).div_euclid(self.rate);
            let limit_ns = MAX_ROUGHNESS_NS as f64 + MAX_DRIFT * passed_ns.abs() as f64;
            self.keeps_time = (stamped_ns - passed_ns).abs() <= limit_ns.floor() as i128;
        }
        self.report = Some((report.wall_ns, at));
    }

    /// Return the sender's wall clock at `ticks`; None before its first report.
    pub fn wall_ns(&self, ticks: i128) -> Option<i128> {
        self.report.map(|(wall_ns, at)| wall_ns + ((ticks - at) * NS).div_euclid(self.rate))
    }

    /// Move `shift` so that audio and video of one moment get the same time.
    pub fn follow(&mut self, picture: &TrackClock) {
        let (Some((wall_ns, at)), Some((picture_wall_ns, picture_at))) = (self.report, picture.report) else { return };
        if !(self.keeps_time && picture.keeps_time) {
            return; // one of them is timed by its arrival, in a later step
        }
        let wanted_ns = (picture_at * NS).div_euclid(picture.rate) + wall_ns - picture_wall_ns;
        let error_ns = wanted_ns - ((at + self.shift) * NS).div_euclid(self.rate);
        if error_ns.abs() <= MAX_APART_NS {
            let (back_ns, on_ns) = if self.follows { (MAX_STEP_NS, MAX_STEP_NS) } else { (MAX_FIRST_BACK_NS, MAX_APART_NS) };
            self.follows = true;
            self.shift += (error_ns.clamp(-back_ns, on_ns) * self.rate).div_euclid(NS);
        }
    }

    fn first(&self, timestamp: u32, since_begin_ns: i128) -> i128 {
        if let Some(info) = self.info {
            let ticks = apart(timestamp, info);
            if ticks.abs() <= MAX_INFO_S * self.rate {
                return ticks;
            }
        }
        (since_begin_ns * self.rate).div_euclid(NS)
    }
}

/// How far `timestamp` is behind `last`, by the shorter way around.
fn apart(timestamp: u32, last: u32) -> i128 {
    (i128::from(timestamp) - i128::from(last) + HALF).rem_euclid(WRAP) - HALF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_go_on_over_their_wrap_and_may_step_back() {
        let mut clock = TrackClock::new(90_000);
        clock.begin_at(u32::MAX - 3599);
        let stamps = [u32::MAX - 3599, 0, 7200, 3600, 10800];
        assert_eq!(stamps.map(|stamp| clock.ticks(stamp, 0)), [0, 3600, 10800, 7200, 14400]);
    }

    #[test]
    fn sound_follows_the_picture_in_small_steps() {
        let (mut picture, mut sound) = (TrackClock::new(90_000), TrackClock::new(8000));
        picture.ticks(0, 0);
        sound.ticks(0, 0);
        picture.heard(Report { ssrc: 1, wall_ns: 1_800_000_000 * NS, timestamp: 0 });
        sound.heard(Report { ssrc: 2, wall_ns: 1_800_000_000 * NS + NS / 10, timestamp: 0 });
        sound.follow(&picture);
        assert_eq!(sound.shift, 800);
        sound.heard(Report { ssrc: 2, wall_ns: 1_800_000_000 * NS + 7 * NS / 100, timestamp: 0 });
        sound.follow(&picture);
        assert_eq!(sound.shift, 720);
    }
}
