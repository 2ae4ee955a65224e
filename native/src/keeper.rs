//! Keeps the packets of a source while nobody reads them, for `framecast/sources/unattended.py`.
//!
//! Two threads use it: that of the source, and the publisher's, which ends it and takes a track back when a reader comes. The lock is held
//! for the packets of one read at most, is waited for without the GIL, and the GIL is not asked for while it is held.

use std::sync::{Mutex, MutexGuard, PoisonError};

use framecast_core::bus::kept::{Item, Kept};
use framecast_core::bus::ledger::Ledger;
use framecast_core::bus::pool::{Segment, Slot};
use framecast_core::guard::guarded;
use framecast_core::media::parameters::Codec;
use framecast_core::rtp::track::Times;
use framecast_core::rtp::unit::Unit;
use framecast_core::sources::discipline::Discipline;
use framecast_core::sources::keeper as core;
use framecast_core::sources::keeper::{Lane, Moment};
use framecast_core::sources::stamps::{Shift, Stamps};
use framecast_core::sources::timeline::Timeline;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::guard::{Owner, raised};
use crate::mirror::Mirror;

/// Index, number in the timeline, stamps, discipline, codec whose parameters are watched, and the parameters.
type LaneOf<'py> = (i64, i64, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>, String, Vec<u8>);
type Piece = (usize, usize);
type Place = (usize, usize, usize);
/// Fields of `Meta`: pts, captured_at, arrived_ns, clock, dts, duration, flags.
type MetaOf = (i128, i128, i128, u8, i128, i128, u8);
/// Sequence number, length, publication, place, meta.
type RecordOf = (u64, usize, i128, Place, MetaOf);
/// Records, bytes, corrupt ones, discontinuities, and when the newest one was published.
type CountsOf = (u64, u64, u64, u64, i128);
/// The next sequence number, free pieces of each segment, how many of the lent records are still kept, those that came, counts.
type Returned = (u64, Vec<Vec<Piece>>, usize, Vec<RecordOf>, CountsOf);

/// The state, and the memory that is lent with each track, in the order of its lanes.
#[derive(Default)]
pub struct State {
    keeper: core::Keeper,
    memories: Vec<Vec<PyBuffer<u8>>>,
}

impl State {
    /// Keep a unit of the track `index`; false if it and all that follow are Python's.
    pub fn take(&mut self, index: i64, unit: &Unit, at: &Moment, times: impl FnOnce() -> Times) -> bool {
        let lane = self.keeper.lanes.iter().position(|lane| lane.index == index);
        let memory = lane.and_then(|lane| self.memories.get(lane));
        self.keeper.take(index, unit, at, times, |slot, payload| {
            if let Some(buffer) = memory.and_then(|memory| memory.get(slot.segment)) {
                write(buffer, slot, payload);
            }
        })
    }

    pub fn is_over(&self) -> bool {
        self.keeper.is_over
    }
}

/// Copy a payload into its slot.
fn write(buffer: &PyBuffer<u8>, slot: Slot, payload: &[u8]) {
    let room = buffer.len_bytes().saturating_sub(slot.offset);
    assert!(payload.len() <= room, "a record of {} bytes has only {room}", payload.len());
    // The track is lent and has no readers: nobody else reads or writes this place.
    // SAFETY: `buffer` keeps its writable mapping alive, and the place lies inside it.
    unsafe { std::ptr::copy_nonoverlapping(payload.as_ptr(), buffer.buf_ptr().cast::<u8>().add(slot.offset), payload.len()) };
}

#[pyclass(frozen, module = "framecast_native")]
pub struct Keeper {
    owner: Owner,
    state: Mutex<State>,
}

impl Keeper {
    /// The lock. A panic while it was held has ended the source; what is lent still has to go back.
    pub fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut State) -> T + Send) -> T {
        py.detach(|| work(&mut self.locked()))
    }
}

#[pymethods]
impl Keeper {
    #[new]
    fn new(shift: &Bound<'_, PyAny>, timeline: &Bound<'_, PyAny>, end_ns: i128, lanes: Vec<LaneOf<'_>>) -> PyResult<Keeper> {
        let lanes: PyResult<Vec<Lane>> = lanes
            .into_iter()
            .map(|(index, number, stamps, discipline, codec, signature)| {
                let discipline = discipline.map(|home| Discipline::load(&home)).transpose()?;
                let (stamps, watched) = (Stamps::load(&stamps)?, Codec::named(&codec));
                Ok(Lane { index, number, stamps, discipline, watched, signature, ledger: None })
            })
            .collect();
        let (shift, timeline, lanes) = (Shift::load(shift)?, Timeline::load(timeline)?, lanes?);
        let memories = lanes.iter().map(|_| Vec::new()).collect();
        let keeper = core::Keeper { shift, timeline, lanes, end_ns, packets: 0, is_over: false };
        Ok(Keeper { owner: Owner::here(), state: Mutex::new(State { keeper, memories }) })
    }

    /// True if everything that comes is Python's now.
    #[getter]
    fn is_over(&self, py: Python<'_>) -> bool {
        self.with(py, |state| state.is_over())
    }

    /// Take a track: its next number, segments (memory, free pieces), and the places of its records, oldest first.
    fn accept(
        &self,
        py: Python<'_>,
        index: i64,
        seq: u64,
        segments: Vec<(PyBuffer<u8>, Vec<Piece>)>,
        kept: Vec<Place>,
    ) -> PyResult<()> {
        self.owner.check(py, "keeper")?;
        let (memory, frees): (Vec<_>, Vec<_>) = segments.into_iter().unzip();
        if memory.iter().any(|buffer| buffer.readonly() || !buffer.is_c_contiguous()) {
            return Err(PyValueError::new_err("the memory of a segment must be writable and in one piece"));
        }
        let fits = |segment: usize, offset: usize, size: usize| {
            let end = memory.get(segment).map_or(0, |buffer| buffer.len_bytes());
            offset.checked_add(size).is_some_and(|behind| behind <= end)
        };
        let are_free =
            frees.iter().enumerate().all(|(segment, free)| free.iter().all(|(offset, size)| fits(segment, *offset, *size)));
        if !are_free || !kept.iter().all(|(segment, offset, size)| fits(*segment, *offset, *size)) {
            return Err(PyValueError::new_err("a piece of memory lies outside its segment"));
        }
        let segments = frees.into_iter().map(|free| Segment { free }).collect();
        let kept = Kept::new(kept.into_iter().map(|(segment, offset, size)| Slot { segment, offset, size }));
        let ledger = Ledger::new(seq, segments, kept);
        self.with(py, |state| {
            let Some(lane) = state.keeper.lanes.iter().position(|lane| lane.index == index) else { return };
            state.keeper.lanes[lane].ledger = Some(ledger);
            state.memories[lane] = memory;
        });
        Ok(())
    }

    /// Keep a packet (the fields of an `EncodedPacket`); false if it and all that follow are Python's.
    fn take(
        &self,
        py: Python<'_>,
        index: i64,
        payload: &[u8],
        times: (i128, i128, i128, Option<i128>),
        marks: (bool, bool),
        moment: (i128, i128, i128),
    ) -> PyResult<bool> {
        self.owner.check(py, "keeper")?;
        let ((pts, dts, duration, wall_ns), (is_key, is_corrupt)) = (times, marks);
        let ticks = if pts.abs() > dts.abs() { pts } else { dts };
        let unit = Unit { payload: payload.to_vec(), ticks, duration, is_key, is_corrupt };
        let times = Times { pts, dts, wall_ns };
        let at = Moment { now_ns: moment.0, utc_ns: moment.1, queued_ns: moment.2 };
        guarded(|| self.with(py, |state| state.take(index, &unit, &at, || times))).map_err(raised)
    }

    /// Take nothing from now on. Any thread.
    fn end(&self, py: Python<'_>) {
        self.with(py, |state| state.keeper.is_over = true);
    }

    /// Return what was lent of a track, and take nothing from now on. Any thread.
    fn give_back(&self, py: Python<'_>, index: i64) -> Option<Returned> {
        let found = self.with(py, |state| {
            state.keeper.is_over = true;
            let lane = state.keeper.lanes.iter().position(|lane| lane.index == index)?;
            Some((state.keeper.lanes[lane].ledger.take()?, std::mem::take(&mut state.memories[lane])))
        });
        found.map(|(ledger, _memory)| returned(ledger))
    }

    /// Take nothing from now on, and bring the times of the source home. Return how many packets were kept, and the end of the last one.
    fn settle(
        &self,
        py: Python<'_>,
        shift: &Bound<'_, PyAny>,
        timeline: &Bound<'_, PyAny>,
        lanes: Vec<(Bound<'_, PyAny>, Option<Bound<'_, PyAny>>)>,
    ) -> PyResult<(u64, i128)> {
        self.owner.check(py, "keeper")?;
        let keeper = self.with(py, |state| {
            state.keeper.is_over = true;
            let lanes = state.keeper.lanes.iter().map(|lane| Lane { ledger: None, ..lane.clone() }).collect();
            let (shift, timeline) = (state.keeper.shift.clone(), state.keeper.timeline.clone());
            core::Keeper { shift, timeline, lanes, end_ns: state.keeper.end_ns, packets: state.keeper.packets, is_over: true }
        });
        keeper.shift.store(shift)?;
        keeper.timeline.store(timeline)?;
        for (lane, (stamps, discipline)) in keeper.lanes.iter().zip(&lanes) {
            lane.stamps.store(stamps)?;
            if let (Some(state), Some(home)) = (&lane.discipline, discipline) {
                state.store(home)?;
            }
        }
        Ok((keeper.packets, keeper.end_ns))
    }
}

fn returned(ledger: Ledger) -> Returned {
    let frees = ledger.segments.into_iter().map(|segment| segment.free).collect();
    let lent = ledger.kept.items.iter().filter(|item| item.record.is_none()).count();
    let records = ledger.kept.items.iter().filter_map(record).collect();
    let counts = ledger.counts;
    let counts = (counts.records, counts.bytes, counts.corrupt, counts.discontinuities, counts.published_ns);
    (ledger.seq, frees, lent, records, counts)
}

fn record(item: &Item) -> Option<RecordOf> {
    let (slot, record) = (item.slot, item.record?);
    let meta = record.meta;
    let meta = (meta.pts, meta.captured_at, meta.arrived_ns, meta.clock, meta.dts, meta.duration, meta.flags);
    Some((record.seq, record.length, record.published_ns, (slot.segment, slot.offset, slot.size), meta))
}
