//! The allocator of one segment of the pool, by the rules of `Segment` in `framecast/bus/pool.py`. The memory itself is Python's.

pub const PAGE: usize = 4096;
pub const ALIGN: usize = 64;
pub const PAGE_ALIGNED_FROM: usize = 65536;

/// A piece of a segment; `segment` is the place of the segment in the ledger, `size` is rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub segment: usize,
    pub offset: usize,
    pub size: usize,
}

/// The free pieces, (offset, size), by offset; no two touch each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segment {
    pub free: Vec<(usize, usize)>,
}

impl Segment {
    /// Return the offset of the first free piece that is large enough.
    pub fn take(&mut self, size: usize) -> Option<usize> {
        let index = self.free.iter().position(|(_, free)| *free >= size)?;
        let (offset, free) = self.free[index];
        if free == size {
            self.free.remove(index);
        } else {
            self.free[index] = (offset + size, free - size);
        }
        Some(offset)
    }

    /// Make a piece free again and join it with its free neighbours.
    pub fn give_back(&mut self, offset: usize, size: usize) {
        let mut index = self.free.partition_point(|(before, _)| *before < offset);
        self.free.insert(index, (offset, size));
        if self.free.get(index + 1).is_some_and(|(next, _)| offset + size == *next) {
            let (_, more) = self.free.remove(index + 1);
            self.free[index].1 += more;
        }
        if index > 0 && self.free[index - 1].0 + self.free[index - 1].1 == offset {
            let (_, more) = self.free.remove(index);
            index -= 1;
            self.free[index].1 += more;
        }
    }
}

/// How much of a segment a record of `size` bytes takes.
pub fn rounded_up(size: usize) -> usize {
    let unit = if size >= PAGE_ALIGNED_FROM { PAGE } else { ALIGN };
    size.max(1).div_ceil(unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_lent_from_the_front_and_joined_again() {
        let mut segment = Segment { free: vec![(0, 640)] };
        let taken: Vec<usize> = (0..10).filter_map(|_| segment.take(64)).collect();
        assert_eq!((taken.len(), segment.take(64)), (10, None));
        for offset in [128, 0, 64, 576, 512] {
            segment.give_back(offset, 64);
        }
        assert_eq!(segment.free, [(0, 192), (512, 128)]);
        assert_eq!([rounded_up(0), rounded_up(65), rounded_up(65_536), rounded_up(65_537)], [64, 128, 65_536, 69_632]);
    }
}
