//! The packets of Framecast: untrusted bytes to values.
//!
//! Each module does exactly what the Python module of the same name in `framecast/protocols` does: that one is the reference, and
//! `tests/native` compares both byte for byte. No input or output, no clock, no threads; bounded memory, whatever bytes come.
//! Numbers that Python lets grow without a limit (unwrapped time stamps) are `i128`: no stream reaches its end.
#![forbid(unsafe_code)]

pub mod bus;
pub mod fuzzing;
pub mod guard;
pub mod interleaved;
pub mod media;
pub mod reception;
pub mod rtp;
pub mod sources;
