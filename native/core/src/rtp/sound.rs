//! Audio in RTP: G.711 (RFC 3551), Opus (RFC 7587), and AAC in its high bit rate mode (RFC 3640).

use super::unit::{Fault, Unit};

// Durations of an Opus frame at 48 kHz by the configuration number in its first byte (RFC 6716, table 2).
const OPUS_TICKS: [i128; 32] = [
    480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960,
    120, 240, 480, 960, 120, 240, 480, 960,
];
pub const OPUS_MAX_TICKS: i128 = 5760;
pub const MAX_UNITS: usize = 256;
pub const MAX_UNIT_BYTES: usize = 1 << 16;

/// PCMU and PCMA: a sample is a byte a channel, and a packet is a unit.
pub fn g711(payload: &[u8], ticks: i128, channels: u32) -> Vec<Unit> {
    if payload.is_empty() {
        return Vec::new();
    }
    vec![Unit::sound(payload, ticks, (payload.len() / channels.max(1) as usize) as i128)]
}

/// Opus: a packet is a unit.
pub fn opus(payload: &[u8], ticks: i128) -> Vec<Unit> {
    if payload.is_empty() { Vec::new() } else { vec![Unit::sound(payload, ticks, opus_ticks(payload))] }
}

/// How long an Opus packet lasts, in 1/48000 s; 0 if it does not say.
pub fn opus_ticks(packet: &[u8]) -> i128 {
    let count = match packet[0] & 3 {
        0 => 1,
        3 => packet.get(1).map_or(0, |second| i128::from(second & 63)),
        _ => 2,
    };
    let ticks = OPUS_TICKS[usize::from(packet[0] >> 3)] * count;
    if ticks <= OPUS_MAX_TICKS { ticks } else { 0 }
}

/// The unit headers of AAC as SDP describes them, in bits (at most 24 each), and the duration of a unit in ticks of its clock.
#[derive(Debug, Clone, Copy)]
pub struct AacMode {
    pub size_bits: u8,
    pub index_bits: u8,
    pub delta_bits: u8,
    pub unit_ticks: i64,
}

/// AAC: several units in a packet, or one unit in several packets. Interleaved units are not supported.
#[derive(Debug)]
pub struct Aac {
    mode: AacMode,
    begun: Vec<u8>,
    size: usize,
    ticks: i128,
}

impl Aac {
    pub fn new(mode: AacMode) -> Aac {
        Aac { mode, begun: Vec::new(), size: 0, ticks: 0 }
    }

    pub fn take(&mut self, payload: &[u8], ticks: i128, lost: bool) -> Result<Vec<Unit>, Fault> {
        let (sizes, at) = self.sizes(payload)?;
        let data = &payload[at..];
        if sizes.len() == 1 && data.len() < sizes[0] {
            return self.part(data, sizes[0], ticks, lost);
        }
        self.begun.clear();
        if sizes.iter().sum::<usize>() > data.len() {
            return Err(Fault::Damaged("units beyond their packet"));
        }
        let duration = i128::from(self.mode.unit_ticks);
        let (mut units, mut at) = (Vec::with_capacity(sizes.len()), 0);
        for (index, size) in sizes.into_iter().enumerate() {
            if size > 0 {
                units.push(Unit::sound(&data[at..at + size], ticks + index as i128 * duration, duration));
            }
            at += size;
        }
        Ok(units)
    }

    /// The sizes of the units, and where the first one begins.
    fn sizes(&self, payload: &[u8]) -> Result<(Vec<usize>, usize), Fault> {
        let mode = &self.mode;
        if payload.len() < 2 {
            return Err(Fault::Damaged("too short for AAC"));
        }
        let bits = usize::from(u16::from_be_bytes([payload[0], payload[1]]));
        let end = 2 + bits.div_ceil(8);
        if end > payload.len() {
            return Err(Fault::Damaged("headers beyond the packet"));
        }
        let size_bits = usize::from(mode.size_bits);
        let width = size_bits + usize::from(mode.index_bits);
        let delta = size_bits + usize::from(mode.delta_bits);
        if bits < width || bits > width + MAX_UNITS * delta {
            return Err(Fault::Damaged("no header of a unit, or too many"));
        }
        let headers = &payload[2..end];
        let mut sizes = vec![number(headers, 0, size_bits)];
        let mut left = bits - width;
        while left >= delta && sizes.len() <= MAX_UNITS {
            sizes.push(number(headers, bits - left, size_bits));
            left -= delta;
        }
        Ok((sizes, end))
    }

    /// A fragment: each of them names the size of the whole unit.
    fn part(&mut self, data: &[u8], size: usize, ticks: i128, begins: bool) -> Result<Vec<Unit>, Fault> {
        if begins || self.begun.is_empty() || ticks != self.ticks || size != self.size {
            self.begun.clear();
            (self.size, self.ticks) = (size, ticks);
        }
        if data.is_empty() || size > MAX_UNIT_BYTES {
            return Err(Fault::Damaged("an empty fragment, or a unit that is too long"));
        }
        self.begun.extend_from_slice(data);
        if self.begun.len() < size {
            return Ok(Vec::new());
        }
        let unit = Unit::sound(&self.begun[..size], ticks, i128::from(self.mode.unit_ticks));
        self.begun.clear();
        Ok(vec![unit])
    }
}

/// The number of `count` bits that begins at bit `at`; all of them must be inside.
fn number(bytes: &[u8], at: usize, count: usize) -> usize {
    (at..at + count).fold(0, |value, bit| value << 1 | usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_packet_follow_each_other() {
        let mut track = Aac::new(AacMode { size_bits: 13, index_bits: 3, delta_bits: 3, unit_ticks: 1024 });
        let units = track.take(b"\x00\x20\x00\x10\x00\x18abcde", 7, false).expect("two units");
        assert_eq!(units, [Unit::sound(b"ab", 7, 1024), Unit::sound(b"cde", 1031, 1024)]);
        assert_eq!(track.take(b"\x00\x10\x00\x20ab", 9, false), Ok(vec![]));
        assert_eq!(track.take(b"\x00\x10\x00\x20cd", 9, false), Ok(vec![Unit::sound(b"abcd", 9, 1024)]));
    }
}
