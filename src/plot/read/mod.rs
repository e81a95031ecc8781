//! Reading the tables of an output folder. Figures see only what is declared here.

pub mod captions;
pub mod curves;
pub mod factors;
pub mod npy;
pub mod source;
pub mod table;

pub use captions::Captions;
pub use curves::{Curves, Run};
pub use source::{Arm, Source};
pub use table::Table;
