//! What a track of packets keeps for readers that come later: the newest group, by the rules of `framecast/bus/kept.py`.

use std::collections::VecDeque;

use super::pool::Slot;

pub const GOP_LIMIT_BYTES: usize = 64 << 20;

/// Times and flags of a record, as `Meta` in Python has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    pub pts: i128,
    pub captured_at: i128,
    pub arrived_ns: i128,
    pub clock: u8,
    pub dts: i128,
    pub duration: i128,
    pub flags: u8,
}

/// A record that was published here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub seq: u64,
    pub length: usize,
    pub meta: Meta,
    pub published_ns: i128,
}

/// A record with its memory; `record` is None if Python has published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub slot: Slot,
    pub record: Option<Record>,
}

/// The newest records without a gap, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    pub items: VecDeque<Item>,
    bytes: usize,
}

impl Kept {
    pub fn new(slots: impl IntoIterator<Item = Slot>) -> Kept {
        let items: VecDeque<Item> = slots.into_iter().map(|slot| Item { slot, record: None }).collect();
        let bytes = items.iter().map(|item| item.slot.size).sum();
        Kept { items, bytes }
    }

    /// Keep the record that was just published; `release` gets each slot that is not kept any more.
    pub fn add(&mut self, item: Item, is_key: bool, mut release: impl FnMut(Slot)) {
        if is_key {
            self.items.drain(..).for_each(|old| release(old.slot));
            self.bytes = 0;
        }
        self.items.push_back(item);
        self.bytes += item.slot.size;
        while self.bytes > GOP_LIMIT_BYTES && self.items.len() > 1 {
            let Some(old) = self.items.pop_front() else { break };
            self.bytes -= old.slot.size;
            release(old.slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(offset: usize, size: usize) -> Item {
        Item { slot: Slot { segment: 0, offset, size }, record: None }
    }

    #[test]
    fn a_group_that_is_too_large_is_cut_at_its_old_end_and_a_key_begins_another_one() {
        let (mut kept, mut released) = (Kept::default(), Vec::new());
        for index in 0..4 {
            kept.add(item(index, GOP_LIMIT_BYTES / 2), false, |slot| released.push(slot.offset));
        }
        assert_eq!((kept.items.len(), &released[..]), (2, &[0, 1][..]));
        kept.add(item(4, GOP_LIMIT_BYTES * 2), false, |slot| released.push(slot.offset));
        assert_eq!((kept.items.len(), &released[..]), (1, &[0, 1, 2, 3][..]));
        kept.add(item(5, 64), true, |slot| released.push(slot.offset));
        assert_eq!((kept.items.len(), kept.bytes, released.last()), (1, 64, Some(&4)));
    }
}
