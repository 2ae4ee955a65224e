//! The depacketisers by the names that they have in `framecast/protocols/rtp`.

use std::sync::Mutex;

use framecast_core::guard::{guarded, own};
use framecast_core::rtp::nal::{Codec, Nal};
use framecast_core::rtp::sound::{Aac, AacMode};
use framecast_core::rtp::{h264 as h264_types, track};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::guard::{Owner, raised};
use crate::values;

const MAX_BITS: u8 = 24; // of a number in AAC's headers; `framecast/protocols/sdp.py` takes no more

/// Makes units of the payloads of one track. Passed to a track, it belongs to that track.
#[pyclass(frozen, module = "framecast_native")]
pub struct Depacketiser {
    owner: Owner,
    inner: Mutex<Option<track::Depacketiser>>,
}

impl Depacketiser {
    fn of(inner: track::Depacketiser) -> Depacketiser {
        Depacketiser { owner: Owner::here(), inner: Mutex::new(Some(inner)) }
    }

    /// Move what it does into a track.
    pub fn moved(&self) -> PyResult<track::Depacketiser> {
        own(&self.inner).map_err(raised)?.take().ok_or_else(belongs)
    }
}

fn belongs() -> PyErr {
    PyRuntimeError::new_err("this depacketiser belongs to a track: make another one")
}

#[pymethods]
impl Depacketiser {
    /// Return the units that a payload completes. `lost` is True if packets before it are missing.
    fn take<'py>(
        &self,
        py: Python<'py>,
        payload: &[u8],
        ticks: i128,
        marker: bool,
        lost: bool,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.owner.check(py, "depacketiser")?;
        let take = || own(&self.inner).map(|mut inner| inner.as_mut().map(|it| it.take(payload, ticks, marker, lost)));
        let outcome = guarded(take).flatten().map_err(raised)?;
        let units = outcome.ok_or_else(belongs)?.map_err(|fault| values::fault(py, fault))?;
        values::units(py, &units)
    }
}

#[pyfunction(name = "H264")]
pub fn h264() -> Depacketiser {
    Depacketiser::of(track::Depacketiser::Nal(Box::new(Nal::new(Codec::H264(h264_types::Types::default())))))
}

#[pyfunction(name = "H265")]
pub fn h265() -> Depacketiser {
    Depacketiser::of(track::Depacketiser::Nal(Box::new(Nal::new(Codec::H265))))
}

#[pyfunction(name = "Opus")]
pub fn opus() -> Depacketiser {
    Depacketiser::of(track::Depacketiser::Opus)
}

#[pyfunction(name = "G711", signature = (channels = 1))]
pub fn g711(channels: u32) -> PyResult<Depacketiser> {
    if channels == 0 {
        return Err(PyValueError::new_err("channels must be at least 1, got 0"));
    }
    Ok(Depacketiser::of(track::Depacketiser::G711 { channels }))
}

/// `mode` is an `AacMode` of `framecast/protocols/rtp/sound.py`.
#[pyfunction(name = "Aac")]
pub fn aac(mode: &Bound<'_, PyAny>) -> PyResult<Depacketiser> {
    let bits = |name: &str| -> PyResult<u8> {
        let count: u8 = mode.getattr(name)?.extract()?;
        let least = u8::from(name == "size_bits");
        if (least..=MAX_BITS).contains(&count) {
            return Ok(count);
        }
        Err(PyValueError::new_err(format!("{name} must be between {least} and {MAX_BITS}, got {count}")))
    };
    let mode = AacMode {
        size_bits: bits("size_bits")?,
        index_bits: bits("index_bits")?,
        delta_bits: bits("delta_bits")?,
        unit_ticks: mode.getattr("unit_ticks")?.extract()?,
    };
    Ok(Depacketiser::of(track::Depacketiser::Aac(Aac::new(mode))))
}
