//! One simulation: the state, and the step that changes it.
//!
//! Knows `model`, `field`, `lattice` and the floors below. Never names spec, study, serde, toml, files or plots.

mod cells;
mod ledger;
mod pools;
mod state;
mod watch;

pub use cells::{ALIVE, Cell, Cells, NO_HEADING};
pub use ledger::{Cause, Count, Entry, Happening, Ledger};
pub use pools::{Chain, Pools};
pub use state::{Columns, Fired, State};
pub use watch::{Notice, Unwatched, Watch};
