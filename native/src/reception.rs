//! The tracks of a session, and the reading of its connection, with the interface of `framecast/protocols/rtp/reception.py`.
//!
//! `receive` is the loop that replaces Python's: it waits, cuts and depacketises without the GIL, and comes back once per finished
//! picture or block of sound, for text, or when its caller has to look at the clock.

use std::collections::HashMap;
use std::os::fd::BorrowedFd;
use std::sync::Mutex;

use framecast_core::guard::{Trouble, guarded, own};
use framecast_core::interleaved::Interleaved;
use framecast_core::reception::{self as core, End, Found};
use framecast_core::rtp::NS;
use framecast_core::sources::keeper::Moment;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use rustix::time::{ClockId, clock_gettime};

use crate::guard::{Owner, raised};
use crate::keeper::Keeper;
use crate::track::RtpTrack;
use crate::values;

/// Reading what is there already takes less time.
pub const WAIT_NS: i128 = NS / 1000;

type Pairs<'py> = Vec<(Py<RtpTrack>, Bound<'py, PyAny>)>;
/// Units with their tracks; text of the connection with all bytes behind it; when a read last had to wait, 0 if none had to.
type Received<'py> = (Pairs<'py>, Option<Bound<'py, PyBytes>>, Bound<'py, PyAny>);

/// The same, and how many units were kept.
type Kept<'py> = (Pairs<'py>, Option<Bound<'py, PyBytes>>, Bound<'py, PyAny>, u64);

/// Why a read ends the session.
enum Over {
    Ended(End),
    Closed,
}

#[derive(Default)]
struct Read {
    found: Found,
    text: Option<Vec<u8>>,
    waited_at_ns: i128,
    kept: u64,
}

/// Where units go while nobody reads: the number of each track in its packets, and when a read before this one had to wait.
struct Unattended<'a> {
    keeper: &'a Keeper,
    indices: Vec<i64>,
    waited_at_ns: i128,
}

struct State {
    reception: core::Reception,
    from: Interleaved,
}

/// Of one session.
#[pyclass(frozen, module = "framecast_native")]
pub struct Reception {
    owner: Owner,
    tracks: Vec<Py<RtpTrack>>,
    state: Mutex<State>,
}

#[pymethods]
impl Reception {
    #[new]
    fn new(tracks: Vec<Py<RtpTrack>>, channels: HashMap<u8, usize>) -> Reception {
        let shared = tracks.iter().map(|track| track.get().inner.clone()).collect();
        let channels: Vec<(u8, usize)> = channels.into_iter().collect();
        let state = State { reception: core::Reception::new(shared, &channels), from: Interleaved::default() };
        Reception { owner: Owner::here(), tracks, state: Mutex::new(state) }
    }

    /// True from the first packet of a track on.
    #[getter]
    fn has_begun(&self) -> PyResult<bool> {
        Ok(own(&self.state).map_err(raised)?.reception.has_begun())
    }

    /// Take a packet that came at `now_ns`, and return the units that it completes, with their tracks.
    fn take<'py>(&self, py: Python<'py>, channel: u8, packet: &[u8], now_ns: i128) -> PyResult<Pairs<'py>> {
        self.owner.check(py, "receiver")?;
        let mut found = Found::new();
        self.with(|state| state.reception.take(channel, packet, now_ns, &mut found))
            .map_err(raised)?
            .map_err(|end| values::end(py, end))?;
        self.pairs(py, found)
    }

    /// Count damage that was noticed elsewhere: junk between packets.
    fn hurt(&self, py: Python<'_>, count: u64) -> PyResult<()> {
        self.with(|state| state.reception.hurt(count)).map_err(raised)?.map_err(|end| values::end(py, end))
    }

    /// Take bytes of the connection that came at `now_ns`.
    fn feed<'py>(&self, py: Python<'py>, chunk: &[u8], now_ns: i128) -> PyResult<(Pairs<'py>, Option<Bound<'py, PyBytes>>)> {
        self.owner.check(py, "receiver")?;
        let mut found = Found::new();
        let text = self.with(|state| -> Result<Option<Vec<u8>>, Option<End>> {
            let room = state.from.room();
            room.get_mut(..chunk.len()).ok_or(None)?.copy_from_slice(chunk);
            state.from.received(chunk.len());
            state.reception.read(&mut state.from, now_ns, &mut found).map_err(Some)
        });
        let text = text.map_err(raised)?;
        let text = text.map_err(|end| {
            end.map_or_else(
                || PyValueError::new_err("more bytes than a read returns: pass less at once"),
                |end| values::end(py, end),
            )
        })?;
        Ok((self.pairs(py, found)?, text.map(|text| PyBytes::new(py, &text))))
    }

    /// Read the connection until a unit is complete, something else than a packet comes, or `patience_ns` have passed.
    ///
    /// A single read waits as long as the socket's own time limit.
    fn receive<'py>(&self, py: Python<'py>, fd: i32, patience_ns: i64) -> PyResult<Received<'py>> {
        let read = self.read(py, fd, patience_ns, None)?;
        let text = read.text.map(|text| PyBytes::new(py, &text));
        Ok((self.pairs(py, read.found)?, text, values::number(py, read.waited_at_ns)?))
    }

    /// Read the connection as `receive`, and leave units to the keeper as long as it takes them; it returns after `patience_ns`.
    ///
    /// `waited_at_ns` is when a read before had to wait.
    fn keep<'py>(&self, py: Python<'py>, fd: i32, patience_ns: i64, keeper: &Keeper, waited_at_ns: i128) -> PyResult<Kept<'py>> {
        let indices = self.tracks.iter().map(|track| track.get().index()).collect();
        let read = self.read(py, fd, patience_ns, Some(Unattended { keeper, indices, waited_at_ns }))?;
        let text = read.text.map(|text| PyBytes::new(py, &text));
        Ok((self.pairs(py, read.found)?, text, values::number(py, read.waited_at_ns)?, read.kept))
    }
}

impl Reception {
    /// Work on the state, alone; neither a panic nor another thread gets out of here as anything but a `Trouble`.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> Result<T, Trouble> {
        guarded(|| own(&self.state).map(|mut state| work(&mut state))).flatten()
    }

    fn read(&self, py: Python<'_>, fd: i32, patience_ns: i64, keeping: Option<Unattended<'_>>) -> PyResult<Read> {
        self.owner.check(py, "receiver")?;
        if fd < 0 {
            return Err(values::ended(py, "closed"));
        }
        // SAFETY: the caller's socket object owns the descriptor, and the one thread that reads it is also the one that closes it.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        let outcome = py.detach(|| self.with(|state| state.read(socket, patience_ns.into(), keeping)));
        outcome.map_err(raised)?.map_err(|over| match over {
            Over::Ended(end) => values::end(py, end),
            Over::Closed => values::ended(py, "closed"),
        })
    }

    fn pairs<'py>(&self, py: Python<'py>, found: Found) -> PyResult<Pairs<'py>> {
        found.iter().map(|(place, unit)| Ok((self.tracks[*place].clone_ref(py), values::unit(py, unit)?))).collect()
    }
}

impl State {
    fn read(&mut self, socket: BorrowedFd<'_>, patience_ns: i128, mut keeping: Option<Unattended<'_>>) -> Result<Read, Over> {
        let mut read = Read::default();
        let mut asked_ns = monotonic_ns();
        let until_ns = asked_ns + patience_ns;
        loop {
            let count = match recv(socket, self.from.room(), RecvFlags::empty()) {
                Ok((0, _)) => return Err(Over::Closed),
                Ok((count, _)) => count,
                // The time limit of the socket, or a signal, whose handler is Python's.
                Err(Errno::AGAIN | Errno::INTR | Errno::TIMEDOUT) => return Ok(read),
                Err(_) => return Err(Over::Closed),
            };
            let now_ns = monotonic_ns();
            if now_ns - asked_ns > WAIT_NS {
                read.waited_at_ns = now_ns;
            }
            self.from.received(count);
            read.text = self.reception.read(&mut self.from, now_ns, &mut read.found).map_err(Over::Ended)?;
            if let Some(keeping) = &mut keeping {
                keeping.waited_at_ns = if read.waited_at_ns == 0 { keeping.waited_at_ns } else { read.waited_at_ns };
                self.keep(&mut read, keeping);
            }
            if !read.found.is_empty() || read.text.is_some() || now_ns >= until_ns {
                return Ok(read);
            }
            asked_ns = now_ns;
        }
    }

    /// Leave what was found to the keeper; what it does not take stays in `found`.
    fn keep(&self, read: &mut Read, keeping: &Unattended<'_>) {
        let mut keeper = keeping.keeper.locked();
        let mut taken = 0;
        for (place, unit) in &read.found {
            let now_ns = monotonic_ns();
            let queued_ns = if keeping.waited_at_ns == 0 { 0 } else { now_ns - keeping.waited_at_ns };
            let at = Moment { now_ns, utc_ns: clock_ns(ClockId::Realtime), queued_ns };
            if !keeper.take(keeping.indices[*place], unit, &at, || self.reception.times(*place, unit.ticks)) {
                break;
            }
            taken += 1;
        }
        read.found.drain(..taken);
        read.kept += taken as u64;
    }
}

/// What `time.monotonic_ns` says.
fn monotonic_ns() -> i128 {
    clock_ns(ClockId::Monotonic)
}

fn clock_ns(clock: ClockId) -> i128 {
    let now = clock_gettime(clock);
    i128::from(now.tv_sec) * NS + i128::from(now.tv_nsec)
}
