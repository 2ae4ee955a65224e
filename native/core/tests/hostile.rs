//! A corpus of random bytes, much of it as cameras send them, through everything that the fuzz targets run; on stable Rust, in seconds.
//!
//! `FUZZ_SECONDS` makes it longer, `FUZZ_SEED` repeats a failure.

use std::time::{Duration, Instant};

use framecast_core::fuzzing;

/// xorshift64*: a failure is repeated by its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| (self.next() >> 40) as u8).collect()
    }
}

/// Heads that mean something are much rarer among random bytes than among those of cameras.
const HEADS: [&[u8]; 14] = [
    b"\x65\x88",
    b"\x41\x9a",
    b"\x67",
    b"\x68",
    b"\x06\x06\x01\x84",
    b"\x7c\x85",
    b"\x7c\x05",
    b"\x7c\x45",
    b"\x78\x00\x03",
    b"\x26\x01\xaf",
    b"\x62\x01\x93",
    b"\x62\x01\x13",
    b"\x62\x01\x53",
    b"\x60\x01\x00\x04",
];

fn payload(random: &mut Random) -> Vec<u8> {
    let mut payload = HEADS[random.below(HEADS.len())].to_vec();
    payload.extend(random.bytes(40));
    if random.below(8) == 0 {
        payload.extend(b"\x00\x00\x01");
        payload.extend(random.bytes(10));
    }
    payload
}

fn payloads(random: &mut Random) -> Vec<u8> {
    let mut data = random.bytes(1);
    for _ in 0..random.below(60) {
        let payload = payload(random);
        data.extend([random.next() as u8, payload.len() as u8]);
        data.extend(payload);
    }
    data
}

fn packet(random: &mut Random, sequence: &mut u16) -> Vec<u8> {
    if random.below(12) == 0 {
        let mut report = vec![0x80, if random.below(4) == 0 { 203 } else { 200 }, 0, 6];
        report.extend(random.bytes(28));
        return report;
    }
    *sequence = sequence.wrapping_add([1, 1, 1, 1, 2, 0, 4000][random.below(7)]);
    let mut packet = vec![[0x80, 0x80, 0x80, 0x90, 0xA0][random.below(5)], [96, 224, 8, 136][random.below(4)]];
    packet.extend(sequence.to_be_bytes());
    packet.extend(((random.below(4) * 3600) as u32).to_be_bytes());
    packet.extend((random.below(8) as u32 / 7).to_be_bytes());
    packet.extend(payload(random));
    packet
}

fn connection(random: &mut Random) -> Vec<u8> {
    let (mut stream, mut sequence) = (Vec::new(), random.next() as u16);
    for _ in 0..random.below(60) {
        let packet = packet(random, &mut sequence);
        stream.extend([b'$', random.below(5) as u8, 0, packet.len() as u8]);
        stream.extend(packet);
    }
    let mut data = random.bytes(2);
    for chunk in stream.chunks(1 + random.below(255)) {
        data.push((chunk.len() - 1) as u8);
        data.extend(chunk);
    }
    if random.below(3) == 0 && !data.is_empty() {
        let at = random.below(data.len());
        data[at] ^= 1 << random.below(8);
    }
    data
}

/// Units for a keeper: usual steps of a picture are much rarer among random bytes.
fn units(random: &mut Random) -> Vec<u8> {
    let mut data = random.bytes(1);
    for _ in 0..random.below(200) {
        let payload = payload(random);
        let usual = random.below(4) > 0;
        let (flags, shift) =
            if usual { ([97, 98, 112][random.below(3)], 171) } else { (random.next() as u8, random.next() as u8) };
        data.extend([flags, shift, payload.len() as u8, random.next() as u8]);
        data.extend(payload);
    }
    data
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn whatever_bytes_come_only_declared_faults_come_back() {
    let seed = setting("FUZZ_SEED", 20_260_101);
    println!("FUZZ_SEED={seed}");
    let mut random = Random(seed | 1);
    let end = Instant::now() + Duration::from_secs(setting("FUZZ_SECONDS", 2));
    let mut rounds = 0_u64;
    while rounds < 2000 || Instant::now() < end {
        fuzzing::depacketise(&payloads(&mut random));
        fuzzing::receive(&connection(&mut random));
        let junk = random.bytes(300);
        fuzzing::depacketise(&junk);
        fuzzing::receive(&junk);
        fuzzing::heads(&junk);
        fuzzing::keep(&junk);
        fuzzing::keep(&units(&mut random));
        rounds += 1;
    }
    println!("{rounds} rounds");
}
