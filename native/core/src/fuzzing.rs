//! What the fuzz targets in `fuzz/` and the random corpus in `tests/hostile.rs` run: any bytes, and only declared faults come back.
//!
//! The first bytes choose the codec and how the rest is cut, so that a fuzzer steers everything.

use std::sync::{Arc, Mutex};

use crate::interleaved::Interleaved;
use crate::reception::{Found, Reception};
use crate::rtp::h264::Types;
use crate::rtp::nal::{Codec, Nal};
use crate::rtp::order::DecodeOrder;
use crate::rtp::sound::{Aac, AacMode};
use crate::rtp::track::{Depacketiser, Track};
use crate::rtp::unit::MAX_BYTES;
use crate::rtp::{header, rtcp};

/// Take the next byte, 0 behind the end.
fn byte(data: &mut &[u8]) -> u8 {
    let Some((first, rest)) = data.split_first() else { return 0 };
    *data = rest;
    *first
}

fn some<'a>(data: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (found, rest) = data.split_at(count.min(data.len()));
    *data = rest;
    found
}

fn depacketiser(choice: u8) -> Depacketiser {
    match choice % 6 {
        0 | 1 => Depacketiser::Nal(Box::new(Nal::new(Codec::H264(Types::default())))),
        2 => Depacketiser::Nal(Box::new(Nal::new(Codec::H265))),
        3 => Depacketiser::Aac(Aac::new(AacMode {
            size_bits: choice % 24 + 1,
            index_bits: choice >> 3 & 7,
            delta_bits: choice >> 5,
            unit_ticks: 1024,
        })),
        4 => Depacketiser::G711 { channels: 2 },
        _ => Depacketiser::Opus,
    }
}

/// Payloads of one depacketiser.
pub fn depacketise(mut data: &[u8]) {
    let mut track = depacketiser(byte(&mut data));
    let (mut taken, mut given) = (0, 0);
    while !data.is_empty() {
        let (flags, size) = (byte(&mut data), byte(&mut data));
        let payload = some(&mut data, usize::from(size));
        taken += payload.len();
        let (marker, lost) = (flags & 1 != 0, flags & 6 == 6);
        if let Ok(units) = track.take(payload, i128::from(flags >> 3 & 3), marker, lost) {
            assert!(units.iter().all(|unit| !unit.payload.is_empty()));
            given += units.iter().map(|unit| unit.payload.len()).sum::<usize>();
        }
        if let Depacketiser::Nal(nal) = &track {
            assert!(nal.kept() <= MAX_BYTES);
        }
    }
    // A start code for each unit of at least a byte; a first picture may be given twice.
    assert!(given <= 10 * taken);
}

/// What a connection gives after PLAY: two tracks, cut at places that the bytes choose.
pub fn receive(mut data: &[u8]) {
    let track = |payload_type, rate, codec| {
        let mut track = Track::new(payload_type, rate, depacketiser(codec), None);
        track.order = Some(DecodeOrder::new(i64::from(codec % 5), 3600, rate, codec % 2 == 0));
        Arc::new(Mutex::new(track))
    };
    let tracks = vec![track(96, 90_000, byte(&mut data)), track(8, 8000, byte(&mut data))];
    let mut reception = Reception::new(tracks.clone(), &[(0, 0), (1, 0), (2, 1), (3, 1)]);
    let (mut from, mut found, mut now_ns) = (Interleaved::default(), Found::new(), 0);
    while !data.is_empty() {
        let size = 1 + usize::from(byte(&mut data));
        let chunk = some(&mut data, size);
        from.room()[..chunk.len()].copy_from_slice(chunk);
        from.received(chunk.len());
        now_ns += 40_000_000;
        match reception.read(&mut from, now_ns, &mut found) {
            Ok(Some(text)) => assert!(!text.is_empty()),
            Ok(None) => {}
            Err(_) => break,
        }
        for (place, unit) in found.drain(..) {
            crate::reception::locked(&tracks[place]).times(unit.ticks);
        }
    }
}

/// Heads and reports.
pub fn heads(data: &[u8]) {
    let _ = header::parse(data);
    rtcp::report_of(data);
    rtcp::has_goodbye(data);
    rtcp::sender_of(data);
}
