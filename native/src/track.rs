//! Tracks and the order of decoding, with the interface of `framecast/protocols/rtp/track.py` and `order.py`.

use std::sync::{Arc, Mutex};

use framecast_core::guard::{guarded, own};
use framecast_core::reception::{SharedTrack, locked};
use framecast_core::rtp::{order, track};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::depacketiser::Depacketiser;
use crate::guard::{Owner, raised};
use crate::values;

/// The decoding times of one track.
#[pyclass(frozen, module = "framecast_native")]
pub struct DecodeOrder {
    inner: Mutex<order::DecodeOrder>,
}

#[pymethods]
impl DecodeOrder {
    #[new]
    #[pyo3(signature = (delay, step, rate, *, is_exact = false))]
    fn new(delay: i64, step: i64, rate: u32, is_exact: bool) -> DecodeOrder {
        DecodeOrder { inner: Mutex::new(order::DecodeOrder::new(delay, step, rate, is_exact)) }
    }

    /// Return the decoding time of the picture that is shown at `pts`.
    fn dts<'py>(&self, py: Python<'py>, pts: i128) -> PyResult<Bound<'py, PyAny>> {
        let dts = own(&self.inner).map_err(raised)?.dts(pts);
        values::number(py, dts)
    }
}

/// Depacketises one track.
#[pyclass(frozen, module = "framecast_native")]
pub struct RtpTrack {
    owner: Owner,
    #[pyo3(get)]
    index: i64,
    pub inner: SharedTrack,
}

impl RtpTrack {
    /// The number of the track in its packets.
    pub fn index(&self) -> i64 {
        self.index
    }
}

#[pymethods]
impl RtpTrack {
    #[new]
    #[pyo3(signature = (payload_type, rate, depacketiser, index, ssrc = None))]
    fn new(payload_type: u8, rate: u32, depacketiser: &Depacketiser, index: i64, ssrc: Option<u32>) -> PyResult<RtpTrack> {
        let track = track::Track::new(payload_type, rate, depacketiser.moved()?, ssrc);
        Ok(RtpTrack { owner: Owner::here(), index, inner: Arc::new(Mutex::new(track)) })
    }

    /// How many packets never came. Any thread.
    #[getter]
    fn lost(&self) -> u64 {
        locked(&self.inner).lost
    }

    /// The SSRC of the sender, 0 before its first packet.
    #[getter]
    fn sender(&self) -> u32 {
        locked(&self.inner).sender()
    }

    /// True if the sender has said goodbye.
    #[getter]
    fn is_over(&self) -> bool {
        locked(&self.inner).is_over
    }

    /// Set the order of decoding; it is moved into the track.
    #[setter]
    fn set_order(&self, order: &DecodeOrder) -> PyResult<()> {
        let order = own(&order.inner).map_err(raised)?.clone();
        locked(&self.inner).order = Some(order);
        Ok(())
    }

    /// Set the time stamp of the moment zero that all tracks share (RTP-Info).
    fn begin_at(&self, timestamp: u64) {
        locked(&self.inner).clock.begin_at((timestamp & u64::from(u32::MAX)) as u32);
    }

    /// True for a packet of this track's payload type.
    fn is_mine(&self, packet: &[u8]) -> bool {
        locked(&self.inner).is_mine(packet)
    }

    /// Return the access units that an RTP packet completes.
    fn units<'py>(&self, py: Python<'py>, packet: &[u8], since_begin_ns: i128) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.owner.check(py, "track")?;
        let units = guarded(|| locked(&self.inner).units(packet, since_begin_ns)).map_err(raised)?;
        let units = units.map_err(|fault| values::fault(py, fault))?;
        values::units(py, &units)
    }

    /// Return a unit as a packet.
    fn packet<'py>(&self, py: Python<'py>, unit: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        self.owner.check(py, "track")?;
        let ticks: i128 = unit.get_item(1)?.extract()?;
        let times = guarded(|| locked(&self.inner).times(ticks)).map_err(raised)?;
        values::packet(py, unit, self.index, times)
    }

    /// Take an RTCP packet; the times of audio then follow the video of the same sender.
    fn report(&self, py: Python<'_>, packet: &[u8], video: &RtpTrack) -> PyResult<()> {
        self.owner.check(py, "track")?;
        let clock = (!Arc::ptr_eq(&self.inner, &video.inner)).then(|| locked(&video.inner).clock.clone());
        guarded(|| locked(&self.inner).report(packet, clock.as_ref())).map_err(raised)
    }
}
