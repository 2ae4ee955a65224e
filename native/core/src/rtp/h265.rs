//! H.265 in RTP (RFC 7798): single NAL units, aggregates, fragments. Decoding order numbers (DONL) are not supported.

use super::nal::{Content, Meaning};
use super::unit::Fault;

const AP: u8 = 48;
const FU: u8 = 49;
const HEADER_BYTES: usize = 2;

pub fn is_slice(kind: u8) -> bool {
    kind < 32
}

pub fn content(payload: &[u8]) -> Result<Content<'_>, Fault> {
    let kind = payload.first().map_or(0, |first| first >> 1 & 63);
    if payload.len() < HEADER_BYTES || (payload.len() == HEADER_BYTES && kind == FU) {
        return Err(Fault::Damaged("too short for a NAL unit"));
    }
    match kind {
        FU => {
            let flags = payload[2];
            let inner = flags & 63;
            Ok(Content::Fragment {
                kind: inner,
                header: [payload[0] & 0x81 | inner << 1, payload[1]],
                size: HEADER_BYTES,
                data: &payload[3..],
                first: flags & 0x80 != 0,
                last: flags & 0x40 != 0,
            })
        }
        0..AP => Ok(Content::Single(payload)),
        AP => Ok(Content::Aggregate(HEADER_BYTES)),
        _ => Err(Fault::Damaged("a packet type that is not known")),
    }
}

pub fn look(kind: u8, head: &[u8]) -> Meaning {
    if head[0] & 1 != 0 || (head.len() > 1 && head[1] >> 3 != 0) {
        return Meaning::Nothing; // a layer above the base: it belongs to the current picture
    }
    match kind {
        0..32 => Meaning::Slice {
            // first_slice_segment_in_pic_flag is the first bit behind the header.
            first: head.len() > HEADER_BYTES && head[HEADER_BYTES] >= 0x80,
            // IRAP: decoding may begin there (H.265, table 7-1).
            key: (16..24).contains(&kind),
        },
        // Units that begin the next picture (H.265, 7.4.2.4.4): parameter sets, delimiter, prefix SEI, reserved and unspecified ones.
        32..=35 | 39 | 41..=44 | 48..=55 => Meaning::Beginning,
        _ => Meaning::Nothing,
    }
}
