//! One simulation: the state, and the step that changes it.
//!
//! Knows `model`, `field`, `lattice` and the floors below. Never names spec, study, toml, files or plots.
//! What a state is can be written down (serde); the bytes of a file are `record`'s.

mod books;
mod carry;
mod cells;
mod columns;
#[cfg(test)]
pub mod fixture;
pub mod grid;
mod ledger;
mod plan;
mod planted;
mod pools;
mod process;
mod program;
mod receptor;
pub mod region;
mod roster;
mod schedule;
mod signal;
mod simulation;
mod sound;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod watch;

pub use carry::{Carry, acted, gone, misfits, too_late};
pub use cells::{ALIVE, Cell, Cells, NO_HEADING, Spare};
pub use columns::Columns;
pub use ledger::{Cause, Count, Entry, Happening, Ledger};
pub use pools::{Chain, Pools};
pub use schedule::{Follower, Seen};
pub use signal::global;
pub use simulation::{Context, Ended, Fault, Simulation, View};
pub use state::{Followers, Infusion, State};
pub use watch::{Notice, Unwatched, Watch};
