//! Troubles of `framecast_core::guard` as exceptions of Python, and the process that an object belongs to.

use framecast_core::guard::Trouble;
use pyo3::create_exception;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::values;

create_exception!(framecast_native, Panic, PyRuntimeError, "A fault of framecast-native. It ends the stream, not the process.");

pub fn raised(trouble: Trouble) -> PyErr {
    match trouble {
        Trouble::Panicked(words) => Panic::new_err(format!("framecast-native failed: {words}")),
        Trouble::Busy => PyRuntimeError::new_err("another thread is using this object: use it in one thread"),
    }
}

/// The process that made an object.
pub struct Owner(u32);

impl Owner {
    pub fn here() -> Owner {
        Owner(std::process::id())
    }

    /// Fails with `ForkedView` in a process that was forked afterwards.
    pub fn check(&self, py: Python<'_>, what: &str) -> PyResult<()> {
        if std::process::id() == self.0 { Ok(()) } else { Err(values::forked(py, what)) }
    }
}
