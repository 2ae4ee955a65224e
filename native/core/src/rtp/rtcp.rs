//! RTCP (RFC 3550 section 6): the reports of a sender. What a receiver sends back is made in Python.

use std::ops::Range;

use super::NS;
use super::header::word;

/// If RTP and RTCP share a port, these values of a packet's second byte mean RTCP (RFC 5761 section 4).
pub const RTCP: Range<u8> = 200..208;
const NTP_TO_UNIX_S: i128 = 2_208_988_800; // 1900 to 1970 (RFC 5905)
const SENDER_REPORT: u8 = 200;
const GOODBYE: u8 = 203;

/// A sender report: the sender's wall clock in UTC nanoseconds at an RTP time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub ssrc: u32,
    pub wall_ns: i128,
    pub timestamp: u32,
}

/// Return the sender report in an RTCP packet, None if it has no report or the report has no time.
pub fn report_of(packet: &[u8]) -> Option<Report> {
    let (_, at) = compound(packet).find(|(kind, at)| *kind == SENDER_REPORT && at + 20 <= packet.len())?;
    let (seconds, fraction) = (i128::from(word(packet, at + 8)), i128::from(word(packet, at + 12)));
    let wall_ns = (seconds - NTP_TO_UNIX_S) * NS + ((fraction * NS) >> 32);
    (seconds != 0).then(|| Report { ssrc: word(packet, at + 4), wall_ns, timestamp: word(packet, at + 16) })
}

/// True if an RTCP packet says that the sender ends.
pub fn has_goodbye(packet: &[u8]) -> bool {
    compound(packet).any(|(kind, _)| kind == GOODBYE)
}

/// The SSRC of the sender of an RTCP packet.
pub fn sender_of(packet: &[u8]) -> u32 {
    packet.iter().skip(4).take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// Types of the parts of an RTCP packet, and where they begin.
fn compound(packet: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        if at + 8 > packet.len() || packet[at] >> 6 != 2 {
            return None;
        }
        next = at + 4 + 4 * usize::from(u16::from_be_bytes([packet[at + 2], packet[at + 3]]));
        Some((packet[at + 1], at))
    })
}
