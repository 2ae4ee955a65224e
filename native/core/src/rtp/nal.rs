//! Access units of H.264 and H.265 from NAL units (RFC 6184, RFC 7798), as Annex B with four-byte start codes.
//!
//! An access unit is complete at the marker bit; cameras break that rule in many ways, and `framecast/protocols/rtp/nal.py` lists them.
//! The parts of an access unit lie behind each other in one buffer, each packet's bytes are copied into it once.

use super::unit::{Fault, MAX_BYTES, PART_BYTES, Unit};
use super::{h264, h265};

pub const START: &[u8] = b"\x00\x00\x00\x01";
const SHORT_START: &[u8] = b"\x00\x00\x01";
/// After this many pictures with correct markers, the last picture is not kept for repair any more.
pub const PROBATION: u32 = 50;
const TOO_LONG: Fault = Fault::Damaged("an access unit above the limit of 8 MiB");

/// What the codec says of a unit that begins.
pub enum Meaning {
    /// A slice: the first one of its picture or not, of a key frame or not.
    Slice { first: bool, key: bool },
    /// It only stands before the first slice of a picture.
    Beginning,
    /// It says nothing of where it stands.
    Nothing,
}

/// Where a packet's bytes go, by the codec's own types of packets.
pub enum Content<'a> {
    Single(&'a [u8]),
    /// Units from the given byte on, each behind its length.
    Aggregate(usize),
    /// `header` is the unit's own header, rebuilt, `size` bytes of it.
    Fragment {
        kind: u8,
        header: [u8; 2],
        size: usize,
        data: &'a [u8],
        first: bool,
        last: bool,
    },
}

/// The types of units of a codec.
#[derive(Debug, Clone)]
pub enum Codec {
    H264(h264::Types),
    H265,
}

impl Codec {
    fn content<'a>(&self, payload: &'a [u8]) -> Result<Content<'a>, Fault> {
        match self {
            Codec::H264(_) => h264::content(payload),
            Codec::H265 => h265::content(payload),
        }
    }

    fn kind(&self, unit: &[u8]) -> u8 {
        match self {
            Codec::H264(_) => unit[0] & 31,
            Codec::H265 => unit[0] >> 1 & 63,
        }
    }

    fn is_slice(&self, kind: u8) -> bool {
        match self {
            Codec::H264(_) => h264::is_slice(kind),
            Codec::H265 => h265::is_slice(kind),
        }
    }

    fn look(&mut self, kind: u8, head: &[u8]) -> Meaning {
        match self {
            Codec::H264(types) => types.look(kind, head),
            Codec::H265 => h265::look(kind, head),
        }
    }
}

/// The last picture that went out at a marker; its payload is empty if it is not kept for repair.
#[derive(Debug)]
struct Last {
    payload: Vec<u8>,
    ticks: i128,
    is_key: bool,
    is_corrupt: bool,
}

/// Depacketises one track of video.
#[derive(Debug)]
pub struct Nal {
    codec: Codec,
    out: Vec<Unit>,
    parts: Vec<u8>,
    size: usize,
    ticks: Option<i128>,
    slices: i64,
    is_key: bool,
    is_corrupt: bool,
    misses_some: bool,          // packets are missing before this access unit
    has_orphans: bool,          // packets are missing, and what follows may be the rest of their unit
    fragment_at: Option<usize>, // where in `parts` the unit begins whose fragments are coming
    fragment_kind: u8,
    fragment_counts: bool, // as a slice of the picture
    believes_markers: bool,
    given: u32,
    last: Option<Last>,
    usual: usize, // bytes of the last picture: the next one's buffer begins with as many
}

impl Nal {
    pub fn new(codec: Codec) -> Nal {
        Nal {
            codec,
            out: Vec::new(),
            parts: Vec::new(),
            size: 0,
            ticks: None,
            slices: 0,
            is_key: false,
            is_corrupt: false,
            misses_some: false,
            has_orphans: false,
            fragment_at: None,
            fragment_kind: 0,
            fragment_counts: false,
            believes_markers: true,
            given: 0,
            last: None,
            usual: 0,
        }
    }

    /// Bytes that are kept, with what parts cost.
    pub fn kept(&self) -> usize {
        self.size
    }

    /// Return the access units that a payload completes. `lost`: packets before it are missing.
    pub fn take(&mut self, payload: &[u8], ticks: i128, marker: bool, lost: bool) -> Result<Vec<Unit>, Fault> {
        if lost {
            self.lose();
        }
        if self.ticks != Some(ticks) {
            if self.slices > 0 {
                self.give(false);
            }
            if self.is_corrupt {
                (self.is_corrupt, self.misses_some) = (false, true); // nothing was left of that picture
            }
            self.ticks = Some(ticks);
        }
        if let Err(fault) = self.unpack(payload)
            && self.out.is_empty()
        {
            return Err(fault);
        }
        if marker && self.slices > 0 && self.fragment_at.is_none() && self.believes_markers {
            self.give(true);
        }
        Ok(std::mem::take(&mut self.out))
    }

    fn unpack(&mut self, payload: &[u8]) -> Result<(), Fault> {
        match self.codec.content(payload)? {
            Content::Single(unit) => self.unit(unit),
            Content::Aggregate(at) => self.aggregate(payload, at),
            Content::Fragment { kind, header, size, data, first, last } => {
                if !first && !last && self.fragment_at.is_some() && kind == self.fragment_kind {
                    return self.append(&[data]); // in the middle of its unit: most packets are one
                }
                self.fragment(kind, &header[..size], data, first, last)
            }
        }
    }

    // --- units

    fn aggregate(&mut self, payload: &[u8], mut at: usize) -> Result<(), Fault> {
        while at + 2 <= payload.len() {
            let end = at + 2 + usize::from(u16::from_be_bytes([payload[at], payload[at + 1]]));
            if end > payload.len() {
                return Err(Fault::Damaged("an aggregate beyond its packet"));
            }
            self.unit(&payload[at + 2..end])?;
            at = end;
        }
        Ok(())
    }

    /// A whole unit.
    fn unit(&mut self, unit: &[u8]) -> Result<(), Fault> {
        if unit.is_empty() {
            return Ok(());
        }
        self.has_orphans = false;
        self.drop_fragment();
        let kind = self.codec.kind(unit);
        if !self.codec.is_slice(kind) && short_start(unit).is_some() {
            return self.split(unit);
        }
        self.look(kind, unit);
        self.append(&[START, unit])
    }

    /// A part of a unit whose own header is `header`.
    fn fragment(&mut self, kind: u8, header: &[u8], data: &[u8], first: bool, last: bool) -> Result<(), Fault> {
        if first {
            self.has_orphans = false;
            self.drop_fragment();
            let head = [header, &data[..data.len().min(1)]].concat();
            self.fragment_counts = self.look(kind, &head);
            (self.fragment_at, self.fragment_kind) = (Some(self.parts.len()), kind);
            self.append(&[START, header, data])?;
        } else if self.fragment_at.is_none() || kind != self.fragment_kind {
            self.drop_fragment();
            self.is_corrupt = true;
            return if self.has_orphans { Ok(()) } else { Err(Fault::Damaged("a fragment without its first one")) };
        } else {
            self.append(&[data])?;
        }
        if last { self.end_fragment() } else { Ok(()) }
    }

    fn end_fragment(&mut self) -> Result<(), Fault> {
        let Some(at) = self.fragment_at.take() else { return Ok(()) };
        if self.codec.is_slice(self.fragment_kind) || short_start(&self.parts[at + START.len()..]).is_none() {
            return Ok(());
        }
        let unit = self.parts.split_off(at);
        self.split(&unit[START.len()..])
    }

    /// Parameter sets and slices in one unit, with start codes between them, as some cameras send them.
    fn split(&mut self, mut unit: &[u8]) -> Result<(), Fault> {
        loop {
            let end = short_start(unit);
            let part = &unit[..end.unwrap_or(unit.len())];
            let size = part.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            if size > 0 {
                let inner = &part[..size];
                self.look(self.codec.kind(inner), inner);
                self.append(&[START, inner])?;
            }
            let Some(end) = end else { return Ok(()) };
            unit = &unit[end + SHORT_START.len()..];
        }
    }

    /// The rest of a unit is missing: nothing of it can be used.
    fn drop_fragment(&mut self) {
        if let Some(at) = self.fragment_at.take() {
            self.parts.truncate(at);
            self.slices -= i64::from(self.fragment_counts);
            self.is_key &= self.slices > 0;
            self.is_corrupt = true;
        }
    }

    fn append(&mut self, parts: &[&[u8]]) -> Result<(), Fault> {
        self.size += parts.iter().map(|part| part.len()).sum::<usize>() + PART_BYTES;
        if self.size > MAX_BYTES {
            self.clear();
            return Err(TOO_LONG);
        }
        if self.parts.capacity() == 0 {
            self.parts.reserve(self.usual);
        }
        for part in parts {
            self.parts.extend_from_slice(part);
        }
        Ok(())
    }

    // --- access units

    /// A unit begins; true for a slice.
    fn look(&mut self, kind: u8, head: &[u8]) -> bool {
        match self.codec.look(kind, head) {
            Meaning::Slice { first, key } => {
                self.slice(first, key);
                true
            }
            Meaning::Beginning => {
                if self.slices > 0 {
                    self.give(false);
                }
                false
            }
            Meaning::Nothing => false,
        }
    }

    fn slice(&mut self, first: bool, key: bool) {
        if first && self.slices > 0 {
            self.give(false);
        } else if !first && self.slices <= 0 {
            self.mend();
        }
        self.slices += 1;
        self.is_key |= key;
    }

    /// Handle a picture whose first slice is missing, or was returned already because of a wrong marker.
    fn mend(&mut self) {
        let Some(last) = self.last.take_if(|last| Some(last.ticks) == self.ticks) else {
            self.is_corrupt = true;
            return;
        };
        self.believes_markers = false;
        if last.payload.is_empty() {
            self.is_corrupt = true;
            return;
        }
        self.slices += 1;
        self.size += last.payload.len() + PART_BYTES;
        self.parts.splice(0..0, last.payload);
        (self.is_key, self.is_corrupt) = (last.is_key, last.is_corrupt);
    }

    fn give(&mut self, by_marker: bool) {
        let Some(ticks) = self.ticks else { return };
        self.drop_fragment();
        if self.slices <= 0 {
            return; // the only slice was not whole
        }
        // Pictures may be missing that this one is made from; a key frame is made from none.
        let is_corrupt = self.is_corrupt || (self.misses_some && !self.is_key);
        let (is_key, payload) = (self.is_key, std::mem::take(&mut self.parts));
        self.usual = payload.len();
        self.clear();
        self.misses_some = false;
        self.given = self.given.saturating_add(1);
        self.last = by_marker.then(|| Last {
            payload: if self.given <= PROBATION { payload.clone() } else { Vec::new() },
            ticks,
            is_key,
            is_corrupt,
        });
        self.out.push(Unit { payload, ticks, duration: 0, is_key, is_corrupt });
    }

    /// Packets are missing before the next one.
    fn lose(&mut self) {
        self.drop_fragment();
        self.has_orphans = true;
        if self.parts.is_empty() {
            self.misses_some = true;
        } else {
            self.is_corrupt = true;
        }
    }

    fn clear(&mut self) {
        self.parts.clear();
        (self.size, self.fragment_at, self.slices) = (0, None, 0);
        (self.is_key, self.is_corrupt) = (false, false);
    }
}

/// Where the first start code of three bytes is.
fn short_start(unit: &[u8]) -> Option<usize> {
    unit.windows(SHORT_START.len()).position(|found| found == SHORT_START)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDR: &[u8] = b"\x65\x88IIII";
    const MORE: &[u8] = b"\x65\x40JJJJ";

    fn whole(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|unit| [START, unit].concat()).collect()
    }

    #[test]
    fn markers_behind_every_slice_are_noticed_and_the_first_picture_is_given_again_whole() {
        let mut track = Nal::new(Codec::H264(h264::Types::default()));
        let first = track.take(IDR, 0, true, false).expect("a picture");
        assert_eq!(first[0].payload, whole(&[IDR]));
        assert_eq!(track.take(MORE, 0, true, false), Ok(vec![]));
        let again = track.take(b"\x41\x9aP", 3600, true, false).expect("the picture again");
        assert_eq!(again[0].payload, whole(&[IDR, MORE]));
        assert!(again[0].is_key && !again[0].is_corrupt);
    }

    #[test]
    fn an_access_unit_without_end_is_bounded() {
        let mut track = Nal::new(Codec::H264(h264::Types::default()));
        let middle = [&b"\x7c\x05"[..], &[1; 60_000]].concat();
        track.take(&[&b"\x7c\x85"[..], &[1; 60_000]].concat(), 0, false, false).expect("a first fragment");
        let mut faults = 0;
        for _ in 0..MAX_BYTES / 60_000 + 1 {
            faults += u32::from(track.take(&middle, 0, false, false).is_err());
            assert!(track.kept() <= MAX_BYTES);
        }
        assert!(faults > 0);
    }
}
