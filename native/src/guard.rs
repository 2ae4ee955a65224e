//! What keeps one stream's trouble with that stream: panics, forks, and two threads in one object.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, TryLockError};

use pyo3::create_exception;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::values;

create_exception!(framecast_native, Panic, PyRuntimeError, "A fault of framecast-native. It ends the stream, not the process.");

/// Why an object cannot be used at this moment.
#[derive(Debug)]
pub enum Trouble {
    /// The work has panicked, now or before, with these words.
    Panicked(String),
    /// Another thread is using it.
    Busy,
}

impl From<Trouble> for PyErr {
    fn from(trouble: Trouble) -> PyErr {
        match trouble {
            Trouble::Panicked(words) => Panic::new_err(format!("framecast-native failed: {words}")),
            Trouble::Busy => PyRuntimeError::new_err("another thread is using this object: use it in one thread"),
        }
    }
}

/// Do the work; a panic in it is a `Trouble`. What it left half done is behind a lock that is poisoned now, and is not used again.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Trouble::Panicked(words.unwrap_or("a panic without words").to_owned())
    })
}

/// Lock without waiting: waiting here could hold the GIL that the other thread needs.
pub fn own<T>(mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, Trouble> {
    mutex.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Trouble::Busy,
        TryLockError::Poisoned(_) => Trouble::Panicked("it has failed before".to_owned()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_trouble_with_its_words_and_poisons_what_it_held() {
        let shared = Mutex::new(0);
        let outcome = guarded(|| {
            let _held = own(&shared).expect("free");
            assert!(shared.try_lock().is_ok(), "number {}", 7);
        });
        assert!(matches!(outcome, Err(Trouble::Panicked(words)) if words.contains("number 7")));
        assert!(matches!(own(&shared), Err(Trouble::Panicked(_))));
    }
}
