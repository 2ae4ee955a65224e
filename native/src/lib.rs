//! `framecast_native`: what touches every packet, for the Python package `framecast`. The packets themselves are read in `core/`.
//!
//! Nothing happens at import: no threads, no descriptors, no random numbers, because processes are forked afterwards. Objects belong to
//! the process that made them. The GIL is released while a socket is waited for, and never asked for while a lock is held: each method
//! computes first, lets its locks go, and makes Python's objects then. A panic becomes the exception `Panic` and ends one stream.

mod depacketiser;
mod guard;
mod keeper;
mod mirror;
mod reception;
mod track;
mod values;

use framecast_core::bus::{kept, pool};
use framecast_core::media::parameters;
use framecast_core::rtp::{clock, h264, header, nal, order, senders, sound, unit};
use framecast_core::sources::{discipline, keeper as keeper_core, stamps, timeline};
use framecast_core::{interleaved, reception as core_reception};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What `framecast/native.py` must name, too. It grows with every change of a name, an argument or a meaning here.
const INTERFACE: u32 = 2;

#[pymodule]
fn framecast_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
    module.add("INTERFACE", INTERFACE)?;
    module.add("CONSTANTS", constants(py)?)?;
    module.add("Panic", py.get_type::<guard::Panic>())?;
    module.add_class::<depacketiser::Depacketiser>()?;
    module.add_class::<track::DecodeOrder>()?;
    module.add_class::<track::RtpTrack>()?;
    module.add_class::<reception::Reception>()?;
    module.add_class::<keeper::Keeper>()?;
    for function in [
        wrap_pyfunction!(depacketiser::h264, module)?,
        wrap_pyfunction!(depacketiser::h265, module)?,
        wrap_pyfunction!(depacketiser::opus, module)?,
        wrap_pyfunction!(depacketiser::g711, module)?,
        wrap_pyfunction!(depacketiser::aac, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}

/// The numbers that Python has, too, by their Python names: a test compares them, so that there is one table.
fn constants(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    let rtp: [(&str, i128); 24] = [
        ("unit.MAX_BYTES", unit::MAX_BYTES as i128),
        ("unit.PART_BYTES", unit::PART_BYTES as i128),
        ("header.MAX_DROPOUT", header::MAX_DROPOUT.into()),
        ("header.MAX_MISORDER", header::MAX_MISORDER.into()),
        ("nal._PROBATION", nal::PROBATION.into()),
        ("h264._SEI_BYTES", h264::SEI_BYTES as i128),
        ("sound._OPUS_MAX_TICKS", sound::OPUS_MAX_TICKS),
        ("sound._MAX_UNITS", sound::MAX_UNITS as i128),
        ("sound._MAX_UNIT_BYTES", sound::MAX_UNIT_BYTES as i128),
        ("clock._MAX_INFO_S", clock::MAX_INFO_S),
        ("clock._MAX_STEP_NS", clock::MAX_STEP_NS),
        ("clock._MAX_FIRST_BACK_NS", clock::MAX_FIRST_BACK_NS),
        ("clock._MAX_APART_NS", clock::MAX_APART_NS),
        ("clock._MAX_ROUGHNESS_NS", clock::MAX_ROUGHNESS_NS),
        ("order._MAX_DELAY", order::MAX_DELAY as i128),
        ("order._MAX_UNTOLD", order::MAX_UNTOLD as i128),
        ("order._MAX_BACK_S", order::MAX_BACK_S),
        ("senders._NAMED_NS", senders::NAMED_NS),
        ("senders._OTHER_NS", senders::OTHER_NS),
        ("senders._UNHEARD_NS", senders::UNHEARD_NS),
        ("senders._MAX_KEPT", senders::MAX_KEPT as i128),
        ("senders._MAX_KEPT_BYTES", senders::MAX_KEPT_BYTES as i128),
        ("reception.MAX_DAMAGE", core_reception::MAX_DAMAGE.into()),
        ("reception.WAIT_NS", reception::WAIT_NS),
    ];
    for (name, value) in rtp {
        found.set_item(format!("framecast.protocols.rtp.{name}"), values::number(py, value)?)?;
    }
    found.set_item("framecast.protocols.rtp.clock._MAX_DRIFT", clock::MAX_DRIFT)?;
    found.set_item("framecast.sources.discipline._SUSPICIOUS", discipline::SUSPICIOUS)?;
    found.set_item("framecast.sources.discipline._GOOD", discipline::GOOD)?;
    for (name, value) in kept_constants() {
        found.set_item(format!("framecast.{name}"), values::number(py, value)?)?;
    }
    found.set_item("framecast.protocols.rtsp.messages._READ_BYTES", interleaved::READ_BYTES)?;
    found.set_item("framecast.protocols.rtsp.messages._MAX_PACKET_BYTES", interleaved::MAX_PACKET_BYTES)?;
    Ok(found)
}

/// Those of what is kept while nobody reads.
fn kept_constants() -> [(&'static str, i128); 28] {
    [
        ("clock.MAX_CLOCK_ERROR_NS", timeline::MAX_CLOCK_ERROR_NS),
        ("clock.MAX_CLOCK_AHEAD_NS", timeline::MAX_CLOCK_AHEAD_NS),
        ("clock.MAX_STEP_NS", timeline::MAX_STEP_NS),
        ("clock.MAX_JUMP_NS", timeline::MAX_JUMP_NS),
        ("clock.WINDOW_NS", timeline::WINDOW_NS),
        ("clock._ARRIVAL", timeline::ARRIVAL.into()),
        ("sources.stamps._DISORDER_NS", stamps::DISORDER_NS),
        ("sources.stamps._FIT_NS", stamps::FIT_NS),
        ("sources.relay._FRESH_NS", keeper_core::FRESH_NS),
        ("sources.discipline._SPAN_NS", discipline::SPAN_NS),
        ("sources.discipline._TOLERANCE_NS", discipline::TOLERANCE_NS),
        ("sources.discipline._WRONG_NS", discipline::WRONG_NS),
        ("sources.discipline._WRONG_SPANS", discipline::WRONG_SPANS as i128),
        ("sources.discipline._GROWTH_NS", discipline::GROWTH_NS),
        ("sources.discipline._CRYSTAL_NS", discipline::CRYSTAL_NS),
        ("sources.discipline._LEAP", discipline::LEAP),
        ("sources.discipline._LEAP_NS", discipline::LEAP_NS),
        ("sources.discipline._PROBATION", discipline::PROBATION as i128),
        ("sources.discipline._PULL", discipline::PULL),
        ("sources.discipline._JUMP_NS", discipline::JUMP_NS),
        ("sources.discipline._HOPELESS_NS", discipline::HOPELESS_NS),
        ("sources.discipline._MEMORY", discipline::MEMORY),
        ("sources.discipline._MAX_LEAD_NS", discipline::MAX_LEAD_NS),
        ("bus.kept.GOP_LIMIT_BYTES", kept::GOP_LIMIT_BYTES as i128),
        ("bus.pool._ALIGN", pool::ALIGN as i128),
        ("bus.pool._PAGE", pool::PAGE as i128),
        ("bus.pool._PAGE_ALIGNED_FROM", pool::PAGE_ALIGNED_FROM as i128),
        ("media.parameters._HEAD_BYTES", parameters::HEAD_BYTES as i128),
    ]
}
