//! The hallway between the simulation wing, which writes records, and the analysis wing, which reads tables.

mod run;

pub use run::{
    EndpointRow, EndpointValue, EventRow, Outcome, RunRecord, Series, Snapshot, SnapshotField, SnapshotLayer,
};
