//! One simulation: the state, and the step that changes it.
//!
//! Knows `model`, `field`, `lattice` and the floors below. Never names spec, study, serde, toml, files or plots.

mod cells;
#[cfg(test)]
pub mod fixture;
mod ledger;
mod pools;
pub mod region;
mod state;
mod watch;

pub use cells::{ALIVE, Cell, Cells, NO_HEADING};
pub use ledger::{Cause, Count, Entry, Happening, Ledger};
pub use pools::{Chain, Pools};
pub use state::{Columns, Fired, State};
pub use watch::{Notice, Unwatched, Watch};
