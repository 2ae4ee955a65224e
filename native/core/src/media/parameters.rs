//! What a key frame says about its parameters, by the rules of `framecast/media/parameters.py`.

pub const HEAD_BYTES: usize = 4096;
const START: &[u8] = b"\x00\x00\x01";

/// A codec whose key frames bring their parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    H264,
    Hevc,
}

impl Codec {
    pub fn named(name: &str) -> Option<Codec> {
        match name {
            "h264" => Some(Codec::H264),
            "hevc" => Some(Codec::Hevc),
            _ => None,
        }
    }

    fn kind(self, byte: u8) -> u8 {
        if self == Codec::H264 { byte & 31 } else { byte >> 1 & 63 }
    }

    fn is_set(self, kind: u8) -> bool {
        if self == Codec::H264 { matches!(kind, 7 | 8) } else { matches!(kind, 32..=34) }
    }

    fn is_slice(self, kind: u8) -> bool {
        if self == Codec::H264 { kind <= 5 } else { kind < 32 }
    }
}

/// Return the parameter sets before the first slice of an Annex B key frame, each once.
pub fn signature(codec: Codec, payload: &[u8]) -> Vec<u8> {
    let head = &payload[..payload.len().min(HEAD_BYTES)];
    let mut found: Vec<&[u8]> = Vec::new();
    let mut at = find(head, 0);
    if !matches!(at, Some(0 | 1)) {
        return Vec::new();
    }
    while let Some(place) = at.filter(|place| place + START.len() < head.len()) {
        let begin = place + START.len();
        at = find(head, begin);
        let kind = codec.kind(head[begin]);
        if codec.is_set(kind) {
            let unit = &head[begin..at.unwrap_or(head.len())];
            let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if !found.contains(&&unit[..end]) {
                found.push(&unit[..end]);
            }
        } else if codec.is_slice(kind) {
            break;
        }
    }
    found.iter().flat_map(|unit| [b"\x00", START, unit].concat()).collect()
}

fn find(head: &[u8], from: usize) -> Option<usize> {
    head[from..].windows(START.len()).position(|part| part == START).map(|place| from + place)
}
