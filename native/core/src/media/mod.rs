//! What the packets themselves say.

pub mod parameters;
