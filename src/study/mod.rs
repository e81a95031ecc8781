//! From a document to tables: which runs there are (`plan`), doing them (`execute`, `simulate`), what they say
//! (`results`, `comparison`) and writing it down (`tables`).
//!
//! A single scenario is a study of one arm; a sweep is a study at every point of a design. No arm, cell type or column
//! is known here by name.

mod after;
mod burden;
mod checkpoint;
mod columns;
mod comparison;
mod conclude;
mod design;
mod estimate;
mod execute;
mod labels;
mod levels;
mod paths;
mod pictures;
mod plan;
mod protocol;
mod resolved;
mod results;
mod simulate;
mod tables;

pub use checkpoint::{FOLDER as CHECKPOINTS, scenario_of};
pub use columns::columns;
pub use comparison::{CATALOG as COMPARISONS, Row as ComparisonRow};
pub use conclude::{Conclusion, conclude};
pub use design::CATALOG as DESIGNS;
pub use estimate::{Estimate, bytes, estimate, parse_bytes};
pub use execute::{Finished, Progress, Trouble, execute};
pub use plan::{Arm, Plan, PlannedRun, Point, SizeOptions};
pub use protocol::{Protocol, Protocols};
pub use resolved::MAIN as RESOLVED;
pub use results::{ArmResult, Course, Results, RunResult, SubjectResult};
pub use simulate::{Done, Task, simulate};

/// Minutes per day.
const DAY: f64 = 1440.0;

#[cfg(test)]
mod tests;
