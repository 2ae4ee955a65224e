//! What the fuzz targets in `fuzz/` and the random corpus in `tests/hostile.rs` run: any bytes, and only declared faults come back.
//!
//! The first bytes choose the codec and how the rest is cut, so that a fuzzer steers everything.

use std::sync::{Arc, Mutex};

use crate::bus::kept::Kept;
use crate::bus::ledger::Ledger;
use crate::bus::pool::Segment;
use crate::interleaved::Interleaved;
use crate::media::parameters::Codec;
use crate::reception::{Found, Reception};
use crate::rtp::h264::Types;
use crate::rtp::nal;
use crate::rtp::nal::Nal;
use crate::rtp::order::DecodeOrder;
use crate::rtp::sound::{Aac, AacMode};
use crate::rtp::track::{Depacketiser, Times, Track};
use crate::rtp::unit::{MAX_BYTES, Unit};
use crate::rtp::{NS, header, rtcp};
use crate::sources::discipline::Discipline;
use crate::sources::keeper::{Keeper, Lane, Moment};
use crate::sources::stamps::Stamps;

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
        0 | 1 => Depacketiser::Nal(Box::new(Nal::new(nal::Codec::H264(Types::default())))),
        2 => Depacketiser::Nal(Box::new(Nal::new(nal::Codec::H265))),
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

const ROOM_BYTES: usize = 16 << 10;

/// Units into a keeper with little memory, with times that the bytes choose: no piece of memory is lost or used twice.
pub fn keep(mut data: &[u8]) {
    let watched = Codec::named(["h264", "hevc", ""][usize::from(byte(&mut data)) % 3]);
    let ledger = Ledger::new(0, vec![Segment { free: vec![(0, ROOM_BYTES)] }], Kept::default());
    let (num, den) = (1, 90_000);
    let stamps = Stamps { num, den, step: 3600, disorder: den / 4, gap: 10 * den, ..Stamps::default() };
    let (tick_num, tick_den, usual_ns) = (100_000, 9, 40_000_000);
    let (interval_ns, raw_ns) = (usual_ns as f64, usual_ns as f64);
    let discipline = Discipline { tick_num, tick_den, usual_ns, interval_ns, raw_ns, ..Discipline::default() };
    let (discipline, signature) = (Some(discipline), Vec::new());
    let lane = Lane { index: 0, number: 0, stamps, discipline, watched, signature, ledger: Some(ledger) };
    let mut keeper = Keeper { lanes: vec![lane], ..Keeper::default() };
    let (mut now_ns, mut ticks, mut written) = (NS, 0, 0);
    while !data.is_empty() && !keeper.is_over {
        let (flags, shift, size) = (byte(&mut data), byte(&mut data), byte(&mut data));
        ticks += (i128::from(flags) - 96) << (shift % 64);
        now_ns += i128::from(byte(&mut data)) << (shift / 8);
        let payload = some(&mut data, usize::from(size)).to_vec();
        let unit = Unit { payload, ticks, duration: i128::from(flags & 4), is_key: flags & 1 != 0, is_corrupt: flags & 2 != 0 };
        let wall_ns = (flags & 8 != 0).then_some(now_ns - i128::from(shift) * NS / 64);
        let times = Times { pts: ticks + i128::from(flags & 16) * 900, dts: ticks, wall_ns };
        let at = Moment { now_ns, utc_ns: now_ns, queued_ns: i128::from(size) * NS / 64 };
        let taken = keeper.take(
            0,
            &unit,
            &at,
            || times,
            |slot, payload| {
                assert!(slot.offset + payload.len() <= ROOM_BYTES && payload.len() <= slot.size);
            },
        );
        written += u64::from(taken);
    }
    let ledger = keeper.lanes[0].ledger.as_ref();
    assert_eq!(ledger.map(|ledger| ledger.counts.records), Some(written));
    let kept = ledger.iter().flat_map(|ledger| ledger.kept.items.iter().map(|item| (item.slot.offset, item.slot.size)));
    let free = ledger.iter().flat_map(|ledger| ledger.segments[0].free.iter().copied());
    let mut pieces: Vec<(usize, usize)> = kept.chain(free).collect();
    pieces.sort_unstable();
    let end = pieces.iter().fold(0, |end, (offset, size)| {
        assert_eq!(*offset, end);
        offset + size
    });
    assert_eq!(end, ROOM_BYTES);
}
