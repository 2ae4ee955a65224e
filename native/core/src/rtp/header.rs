//! The header of an RTP packet (RFC 3550 section 5.1), and which packets follow each other (appendix A.1).

use super::unit::Fault;

const HEAD_BYTES: usize = 12;
const VERSION_2: u8 = 2;
/// A jump in sequence numbers this long is not a loss (RFC 3550 appendix A.1): the sender has started again, or the packet is junk.
pub const MAX_DROPOUT: u16 = 3000;
pub const MAX_MISORDER: u16 = 1000;

/// The fields of a header, and the payload behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: &'a [u8],
}

/// Return the header of a packet.
pub fn parse(packet: &[u8]) -> Result<Header<'_>, Fault> {
    if packet.len() < HEAD_BYTES {
        return Err(Fault::Damaged("too short for RTP"));
    }
    let (begin, end) = if packet[0] == VERSION_2 << 6 { (HEAD_BYTES, packet.len()) } else { payload_of(packet)? };
    Ok(Header {
        payload_type: packet[1] & 0x7F,
        marker: packet[1] >= 0x80,
        sequence: u16::from_be_bytes([packet[2], packet[3]]),
        timestamp: word(packet, 4),
        ssrc: word(packet, 8),
        payload: &packet[begin..end],
    })
}

/// The big-endian number of 32 bits at `at`, which must be inside.
pub fn word(packet: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]])
}

/// The begin and end of the payload in a packet with contributing sources, an extension or padding.
fn payload_of(packet: &[u8]) -> Result<(usize, usize), Fault> {
    let (first, size) = (packet[0], packet.len());
    if first >> 6 != VERSION_2 {
        return Err(Fault::Damaged("not RTP version 2"));
    }
    let mut begin = HEAD_BYTES + 4 * usize::from(first & 15);
    let mut end = size;
    if first & 0x10 != 0 {
        if begin + 4 > size {
            return Err(Fault::Damaged("extension beyond the packet"));
        }
        begin += 4 + 4 * usize::from(u16::from_be_bytes([packet[begin + 2], packet[begin + 3]]));
    }
    if first & 0x20 != 0 {
        end = end.saturating_sub(usize::from(packet[size - 1]));
    }
    if begin <= end { Ok((begin, end)) } else { Err(Fault::Damaged("payload beyond the packet")) }
}

/// Which packets follow each other. If no packet overtakes another (TCP, and after a sorter), a late packet is useless.
#[derive(Debug, Default, Clone)]
pub struct Numbering {
    next: Option<u16>,
    suspect: Option<u16>, // the number that would follow a packet that jumped
}

impl Numbering {
    /// The number of the next packet, None before the first one.
    pub fn following(&self) -> Option<u16> {
        self.next
    }

    /// Return how many packets are missing before this one.
    ///
    /// `Late`: it is a repetition, or it came too late. `Damaged`: its number jumps; if the next packet follows it, counting starts
    /// again there.
    pub fn lost(&mut self, number: u16) -> Result<u16, Fault> {
        let following = number.wrapping_add(1);
        let gap = self.next.map_or(0, |expected| number.wrapping_sub(expected));
        if gap < MAX_DROPOUT {
            self.next = Some(following);
            return Ok(gap);
        }
        if self.suspect == Some(number) {
            (self.next, self.suspect) = (Some(following), None);
            return Ok(1);
        }
        if gap > u16::MAX - MAX_MISORDER {
            return Err(Fault::Late("it was given up, or is here already"));
        }
        self.suspect = Some(following);
        Err(Fault::Damaged("out of sequence"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_extension_and_contributing_sources_are_no_payload() {
        let mut packet = vec![0xB1, 0xE0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 5];
        packet.extend([1, 1, 1, 1, 0, 0, 0, 1, 2, 2, 2, 2]);
        packet.extend(*b"media\0\0\x03");
        let found = parse(&packet).expect("a header");
        assert_eq!((found.payload, found.sequence, found.timestamp, found.ssrc), (&b"media"[..], 7, 9, 5));
        assert!(found.marker);
        packet[0] = 0x80 | 15;
        assert!(parse(&packet).is_err());
    }

    #[test]
    fn numbers_wrap_and_jump() {
        let mut numbers = Numbering::default();
        assert_eq!(numbers.lost(65535), Ok(0));
        assert_eq!(numbers.lost(2), Ok(2));
        assert!(matches!(numbers.lost(2), Err(Fault::Late(_))));
        assert!(matches!(numbers.lost(30_000), Err(Fault::Damaged(_))));
        assert_eq!(numbers.lost(30_001), Ok(1));
    }
}
