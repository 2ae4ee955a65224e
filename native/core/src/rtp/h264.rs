//! H.264 in RTP (RFC 6184): single NAL units, STAP-A, FU-A. Interleaved units (packetization-mode 2) are not supported.

use super::nal::{Content, Meaning};
use super::unit::Fault;

const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const IDR: u8 = 5;
const SEI: u8 = 6;
const RECOVERY_POINT: usize = 6; // H.264, D.1.8
pub const SEI_BYTES: usize = 4096; // as far as one is read

pub fn is_slice(kind: u8) -> bool {
    (1..6).contains(&kind)
}

pub fn content(payload: &[u8]) -> Result<Content<'_>, Fault> {
    let kind = payload.first().map_or(0, |first| first & 31);
    if payload.is_empty() || (payload.len() < 2 && kind == FU_A) {
        return Err(Fault::Damaged("too short for a NAL unit"));
    }
    match kind {
        FU_A => {
            let flags = payload[1];
            Ok(Content::Fragment {
                kind: flags & 31,
                header: [payload[0] & 0xE0 | flags & 31, 0],
                size: 1,
                data: &payload[2..],
                first: flags & 0x80 != 0,
                last: flags & 0x40 != 0,
            })
        }
        1..STAP_A => Ok(Content::Single(payload)),
        STAP_A => Ok(Content::Aggregate(1)),
        _ => Err(Fault::Damaged("a packet type of another packetization mode")),
    }
}

/// A picture is a key frame if it is IDR or decoding may begin there (recovery point).
#[derive(Debug, Default, Clone)]
pub struct Types {
    may_recover: bool,
}

impl Types {
    pub fn look(&mut self, kind: u8, head: &[u8]) -> Meaning {
        match kind {
            1..=5 => {
                // first_mb_in_slice is 0 if its Exp-Golomb code is a single 1; partitions (3, 4) say nothing of where they stand.
                let first = kind != 3 && kind != 4 && head.len() > 1 && head[1] >= 0x80;
                let key = kind == IDR || self.may_recover;
                self.may_recover = false;
                Meaning::Slice { first, key }
            }
            // SEI, SPS, PPS, delimiter: they never follow a slice of their picture (H.264, 7.4.1.2.3).
            6..=9 => {
                self.may_recover |= kind == SEI && is_recovery_point(head);
                Meaning::Beginning
            }
            _ => Meaning::Nothing,
        }
    }
}

/// True if an SEI unit says that decoding may begin with its picture.
pub fn is_recovery_point(unit: &[u8]) -> bool {
    let body = without_emulation(&unit[unit.len().min(1)..unit.len().min(SEI_BYTES)]);
    let mut at = 0;
    while at + 2 < body.len() {
        let kind = sei_number(&body, &mut at);
        let size = sei_number(&body, &mut at);
        if kind == RECOVERY_POINT {
            return true;
        }
        at += size;
    }
    false
}

/// The bytes without the 3 behind two zeros that keeps a start code from appearing.
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(unit.len());
    let mut at = 0;
    while at < unit.len() {
        if unit[at..].starts_with(b"\x00\x00\x03") {
            body.extend_from_slice(b"\x00\x00");
            at += 3;
        } else {
            body.push(unit[at]);
            at += 1;
        }
    }
    body
}

/// A number of SEI (7.3.2.3.1): bytes of 255 and a last one.
fn sei_number(body: &[u8], at: &mut usize) -> usize {
    let mut value = 0;
    while body.get(*at) == Some(&255) {
        value += 255;
        *at += 1;
    }
    if let Some(last) = body.get(*at) {
        value += usize::from(*last);
        *at += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_point_is_found_behind_other_messages() {
        assert!(is_recovery_point(b"\x06\x06\x01\x84\x80"));
        assert!(is_recovery_point(b"\x06\x05\x04\x00\x00\x03\x01a\x06\x01\x84\x80"));
        assert!(!is_recovery_point(b"\x06\x05\x04\x00\x00\x03\x01ab\x06\x01\x84\x80"));
        assert!(!is_recovery_point(b"\x06\xff\x06\x01x\x80"));
        assert!(!is_recovery_point(b""));
    }
}
