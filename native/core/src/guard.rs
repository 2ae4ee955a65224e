//! What keeps one stream's trouble with that stream: a panic in it, and two threads in one object.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, TryLockError};

/// Why an object cannot be used at this moment.
#[derive(Debug)]
pub enum Trouble {
    /// The work has panicked, now or before, with these words.
    Panicked(String),
    /// Another thread is using it.
    Busy,
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
