//! The packets inside the connection of an RTSP session after PLAY (RFC 2326 section 10.12): `$`, a channel, a length, the packet.
//!
//! Only that is read here. Where anything else begins (an answer, a request, junk), cutting ends, and all bytes from there on are
//! handed back: `framecast/protocols/rtsp/messages.py` reads them, and finds the next packet.

const DOLLAR: u8 = b'$';
const HEAD_BYTES: usize = 4;
pub const READ_BYTES: usize = 256 << 10;
pub const MAX_PACKET_BYTES: usize = HEAD_BYTES + 65535;

/// What a connection has given and is not cut yet: at most the beginning of one packet, between two calls.
#[derive(Debug)]
pub struct Interleaved {
    buffer: Vec<u8>,
    size: usize,
}

impl Default for Interleaved {
    fn default() -> Interleaved {
        Interleaved { buffer: vec![0; READ_BYTES + MAX_PACKET_BYTES], size: 0 }
    }
}

impl Interleaved {
    /// Memory for the next bytes; `received` says how many came.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.size..]
    }

    pub fn received(&mut self, count: usize) {
        self.size = (self.size + count).min(self.buffer.len());
    }

    /// Call `take` with each whole packet and its channel, in their order, until it fails.
    ///
    /// Returns the bytes of something else, from its beginning on; None if all that came was packets.
    pub fn cut<E>(&mut self, mut take: impl FnMut(u8, &[u8]) -> Result<(), E>) -> Result<Option<Vec<u8>>, E> {
        let (mut at, mut result) = (0, Ok(None));
        while self.size - at >= HEAD_BYTES {
            let head = &self.buffer[at..at + HEAD_BYTES];
            if head[0] != DOLLAR {
                result = Ok(Some(self.buffer[at..self.size].to_vec()));
                at = self.size;
                break;
            }
            let end = at + HEAD_BYTES + usize::from(u16::from_be_bytes([head[2], head[3]]));
            if end > self.size {
                break;
            }
            let outcome = take(head[1], &self.buffer[at + HEAD_BYTES..end]);
            at = end;
            if let Err(error) = outcome {
                result = Err(error);
                break;
            }
        }
        self.buffer.copy_within(at..self.size, 0);
        self.size -= at;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_cut_at_any_place_and_text_is_handed_back() {
        let stream = b"$\x00\x00\x03abc$\x01\x00\x00$\x00\x00\x02deRTSP/1.0 200 OK\r\n\r\n$\x00\x00\x01x";
        for cut in 0..stream.len() {
            let (mut reader, mut found, mut rest) = (Interleaved::default(), Vec::new(), Vec::new());
            for chunk in [&stream[..cut], &stream[cut..]] {
                if !rest.is_empty() {
                    rest.extend_from_slice(chunk);
                    continue;
                }
                reader.room()[..chunk.len()].copy_from_slice(chunk);
                reader.received(chunk.len());
                let left = reader.cut(|channel, packet| {
                    found.push((channel, packet.to_vec()));
                    Ok::<(), ()>(())
                });
                rest.extend(left.expect("no error").unwrap_or_default());
            }
            assert_eq!(found, [(0, b"abc".to_vec()), (1, vec![]), (0, b"de".to_vec())]);
            assert_eq!(rest, b"RTSP/1.0 200 OK\r\n\r\n$\x00\x00\x01x");
        }
    }
}
