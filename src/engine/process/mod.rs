//! The processes of a step, one file each. `step.rs` says in which order they run and why.

pub mod border;
pub mod commit;
pub mod coupled;
pub mod decide;
pub mod diffuse;
pub mod divide;
pub mod dose;
pub mod emission;
pub mod exchange;
pub mod interact;
pub mod newborn;
pub mod place;
pub mod pools;
pub mod removal;
pub mod settle;
pub mod travel;
