//! All tracks of one session: packets of any channel in, access units with the number of their track out.
//!
//! A track may be looked at from another thread: each has a lock of its own, which is held for one packet at most, and never while
//! anything is waited for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::interleaved::Interleaved;
use crate::rtp::rtcp::RTCP;
use crate::rtp::track::{Times, Track};
use crate::rtp::unit::{Fault, Unit};

/// After this many damaged packets more than good ones, the data is not media.
pub const MAX_DAMAGE: u64 = 200;

pub type SharedTrack = Arc<Mutex<Track>>;
/// The place of a track in the session, and a unit of it.
pub type Found = Vec<(usize, Unit)>;

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// What comes is not media.
    BadData,
    /// All senders have said goodbye.
    Over,
}

/// The tracks of a session, video first if there is video.
#[derive(Debug)]
pub struct Reception {
    tracks: Vec<SharedTrack>,
    by_channel: Vec<Option<usize>>,
    damage: u64,
    begun_ns: Option<i128>,
}

impl Reception {
    /// `channels` are pairs of a channel and the place of its track.
    pub fn new(tracks: Vec<SharedTrack>, channels: &[(u8, usize)]) -> Reception {
        let mut by_channel = vec![None; 256];
        for (channel, place) in channels.iter().filter(|(_, place)| *place < tracks.len()) {
            by_channel[usize::from(*channel)] = Some(*place);
        }
        Reception { tracks, by_channel, damage: 0, begun_ns: None }
    }

    /// True from the first packet of a track on.
    pub fn has_begun(&self) -> bool {
        self.begun_ns.is_some()
    }

    /// Take a packet that came at `now_ns`; the units that it completes are added to `found`.
    pub fn take(&mut self, channel: u8, packet: &[u8], now_ns: i128, found: &mut Found) -> Result<(), End> {
        let named = self.by_channel[usize::from(channel)];
        if packet.len() > 1 && RTCP.contains(&packet[1]) {
            return named.map_or(Ok(()), |place| self.report(place, packet));
        }
        // Another channel than the server named, or one for two tracks: the payload type decides.
        let is_mine = |place: &usize| locked(&self.tracks[*place]).is_mine(packet);
        let Some(place) = named.filter(is_mine).or_else(|| (0..self.tracks.len()).find(is_mine)) else {
            return Ok(());
        };
        let begun_ns = *self.begun_ns.get_or_insert(now_ns);
        let units = locked(&self.tracks[place]).units(packet, now_ns - begun_ns);
        match units {
            Ok(units) => {
                self.damage = self.damage.saturating_sub(1);
                found.extend(units.into_iter().map(|unit| (place, unit)));
                Ok(())
            }
            Err(Fault::Late(_)) => Ok(()),
            Err(Fault::Damaged(_)) => self.hurt(1),
        }
    }

    /// Count damage that was noticed elsewhere: junk between packets.
    pub fn hurt(&mut self, count: u64) -> Result<(), End> {
        self.damage = self.damage.saturating_add(count);
        if self.damage > MAX_DAMAGE { Err(End::BadData) } else { Ok(()) }
    }

    /// Cut and take what a connection has given; see `Interleaved::cut` for what is returned.
    pub fn read(&mut self, from: &mut Interleaved, now_ns: i128, found: &mut Found) -> Result<Option<Vec<u8>>, End> {
        from.cut(|channel, packet| self.take(channel, packet, now_ns, found))
    }

    /// Return the times of a unit of the track at `place`; once for each unit, in their order.
    pub fn times(&self, place: usize, ticks: i128) -> Times {
        locked(&self.tracks[place]).times(ticks)
    }

    fn report(&mut self, place: usize, packet: &[u8]) -> Result<(), End> {
        // A copy of the clock: no two locks are held at a time.
        let video = (place > 0).then(|| locked(&self.tracks[0]).clock.clone());
        locked(&self.tracks[place]).report(packet, video.as_ref());
        if self.tracks.iter().all(|track| locked(track).is_over) { Err(End::Over) } else { Ok(()) }
    }
}

/// A track's lock. A panic while it was held has ended the stream already, so what it left behind is not used for media any more.
pub fn locked(track: &SharedTrack) -> MutexGuard<'_, Track> {
    track.lock().unwrap_or_else(PoisonError::into_inner)
}
