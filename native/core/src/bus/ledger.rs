//! A track of packets while it has no readers: its memory and what it keeps. `framecast/bus/lent.py` lends it and takes it back.

use super::kept::{Item, Kept, Meta, Record};
use super::pool::{Segment, Slot, rounded_up};

const CORRUPT: u8 = 4;
const DISCONTINUITY: u8 = 2;
const KEY: u8 = 1;

/// What was published since the track was lent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub records: u64,
    pub bytes: u64,
    pub corrupt: u64,
    pub discontinuities: u64,
    pub published_ns: i128,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub seq: u64,
    pub segments: Vec<Segment>,
    pub kept: Kept,
    pub counts: Counts,
}

impl Ledger {
    pub fn new(seq: u64, segments: Vec<Segment>, kept: Kept) -> Ledger {
        Ledger { seq, segments, kept, counts: Counts::default() }
    }

    /// Return memory for a record; None if the segments are full: Python makes another one.
    pub fn reserve(&mut self, length: usize) -> Option<Slot> {
        let size = rounded_up(length);
        let mut places = self.segments.iter_mut().enumerate();
        places.find_map(|(segment, memory)| memory.take(size).map(|offset| Slot { segment, offset, size }))
    }

    /// Publish a record that is written; there is nobody to tell.
    pub fn publish(&mut self, slot: Slot, length: usize, meta: Meta, published_ns: i128) {
        let record = Record { seq: self.seq, length, meta, published_ns };
        self.seq += 1;
        let segments = &mut self.segments;
        let release = |old: Slot| segments[old.segment].give_back(old.offset, old.size);
        self.kept.add(Item { slot, record: Some(record) }, meta.flags & KEY != 0, release);
        self.counts.records += 1;
        self.counts.bytes += length as u64;
        self.counts.corrupt += u64::from(meta.flags & CORRUPT != 0);
        self.counts.discontinuities += u64::from(meta.flags & DISCONTINUITY != 0);
        self.counts.published_ns = published_ns;
    }
}
