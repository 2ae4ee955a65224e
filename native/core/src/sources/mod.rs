//! What lies between a receiver and the bus: times that go forward, the moment of capture, and the records that are kept.

pub mod discipline;
pub mod keeper;
pub mod stamps;
pub mod timeline;
