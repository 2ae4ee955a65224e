//! Rust's values as those of `framecast`: units, packets and errors are of the classes that the Python implementation has.

use framecast_core::reception::End;
use framecast_core::rtp::track::Times;
use framecast_core::rtp::unit::{Fault, Unit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple, PyType};

static UNIT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static PACKET: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DAMAGED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LATE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static FORKED_VIEW: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ENDED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// A number of any size; the usual ones by the short way.
pub fn number<'py>(py: Python<'py>, value: i128) -> PyResult<Bound<'py, PyAny>> {
    match i64::try_from(value) {
        Ok(short) => Ok(short.into_pyobject(py)?.into_any()),
        Err(_) => Ok(value.into_pyobject(py)?.into_any()),
    }
}

pub fn unit<'py>(py: Python<'py>, unit: &Unit) -> PyResult<Bound<'py, PyAny>> {
    let class = UNIT.import(py, "framecast.protocols.rtp.unit", "Unit")?;
    let payload = PyBytes::new(py, &unit.payload);
    class.call1((payload, number(py, unit.ticks)?, number(py, unit.duration)?, unit.is_key, unit.is_corrupt))
}

pub fn units<'py>(py: Python<'py>, found: &[Unit]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    found.iter().map(|one| unit(py, one)).collect()
}

/// A packet of the track `index`, from the fields of a `Unit` of Python and its times.
pub fn packet<'py>(py: Python<'py>, fields: &Bound<'py, PyTuple>, index: i64, times: Times) -> PyResult<Bound<'py, PyAny>> {
    let class = PACKET.import(py, "framecast.model", "EncodedPacket")?;
    let wall_ns = times.wall_ns.map(|wall_ns| number(py, wall_ns)).transpose()?;
    let (payload, duration) = (fields.get_item(0)?, fields.get_item(2)?);
    let (is_key, is_corrupt) = (fields.get_item(3)?, fields.get_item(4)?);
    class.call1((payload, index, number(py, times.pts)?, number(py, times.dts)?, duration, is_key, is_corrupt, false, wall_ns))
}

pub fn fault(py: Python<'_>, fault: Fault) -> PyErr {
    let (cell, module, name, words) = match fault {
        Fault::Damaged(words) => (&DAMAGED, "framecast.protocols.rtp.unit", "Damaged", words),
        Fault::Late(words) => (&LATE, "framecast.protocols.rtp.header", "Late", words),
    };
    raised(cell.import(py, module, name), words)
}

pub fn forked(py: Python<'_>, what: &str) -> PyErr {
    raised(FORKED_VIEW.import(py, "framecast.errors", "ForkedView"), what)
}

/// The error that ends a session.
pub fn end(py: Python<'_>, end: End) -> PyErr {
    ended(
        py,
        match end {
            End::BadData => "bad-data",
            End::Over => "closed",
        },
    )
}

pub fn ended(py: Python<'_>, reason: &str) -> PyErr {
    let made = ENDED.import(py, "framecast.protocols.rtp.reception", "ended").and_then(|make| make.call1((reason,)));
    made.map_or_else(|error| error, PyErr::from_value)
}

fn raised(class: PyResult<&Bound<'_, PyType>>, words: &str) -> PyErr {
    match class {
        Ok(class) => PyErr::from_type(class.clone(), (words.to_owned(),)),
        Err(error) => error,
    }
}
