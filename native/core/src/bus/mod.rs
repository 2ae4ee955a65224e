//! The publisher's side of the bus, as far as it is needed while nobody reads.

pub mod kept;
pub mod ledger;
pub mod pool;
