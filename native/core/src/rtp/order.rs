//! Decoding times of pictures, from their presentation times, which are all that RTP carries.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub const MAX_DELAY: usize = 16;
/// No encoder that does not give its delay needs more; time stamps that go back further come from a bad clock.
pub const MAX_UNTOLD: usize = 4;
/// Seconds that a picture may be before the last one and still belong to its group; further back is another timeline.
pub const MAX_BACK_S: i128 = 1;

/// The decoding times of one track. `step` is the usual duration of a picture, `rate` the ticks of a second.
#[derive(Debug, Clone)]
pub struct DecodeOrder {
    delay: usize,
    most: usize,
    step: i128,
    back: i128,
    waiting: BinaryHeap<Reverse<i128>>,
    last: Option<i128>,
}

impl DecodeOrder {
    /// `is_exact`: no picture waits longer than `delay`.
    pub fn new(delay: i64, step: i64, rate: u32, is_exact: bool) -> DecodeOrder {
        let delay = delay.clamp(0, MAX_DELAY as i64) as usize;
        DecodeOrder {
            delay,
            most: if is_exact { delay } else { delay.max(MAX_UNTOLD) },
            step: i128::from(step),
            back: MAX_BACK_S * i128::from(rate),
            waiting: BinaryHeap::new(),
            last: None,
        }
    }

    /// Return the decoding time of the picture that is shown at `pts`: not after `pts`, and increasing if the clock does.
    pub fn dts(&mut self, pts: i128) -> i128 {
        if self.most == 0 {
            return pts;
        }
        let dts = match self.last.filter(|last| -self.back < pts - last && pts - last < self.back * 10) {
            None => {
                self.waiting = (1..=self.delay).map(|back| Reverse(pts - back as i128 * self.step)).collect();
                self.pushed_and_popped(pts)
            }
            Some(last) if pts <= last && self.delay < self.most => {
                // More pictures wait in the decoder than was known.
                self.delay += 1;
                self.waiting.push(Reverse(pts));
                last + 1
            }
            Some(last) => self.pushed_and_popped(pts).max(last + 1),
        };
        self.last = Some(dts);
        dts
    }

    fn pushed_and_popped(&mut self, pts: i128) -> i128 {
        self.waiting.push(Reverse(pts));
        self.waiting.pop().map_or(pts, |Reverse(first)| first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_reordering_each_picture_is_decoded_one_step_after_the_last() {
        let mut order = DecodeOrder::new(2, 3600, 90_000, false);
        let shown = [0, 4, 2, 1, 3, 8, 6, 5, 7];
        assert_eq!(shown.map(|number| order.dts(number * 3600) / 3600), [-2, -1, 0, 1, 2, 3, 4, 5, 6]);
    }
}
