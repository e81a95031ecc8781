//! The hallway between the simulation wing, which writes records, and the analysis wing, which reads tables.
//!
//! Everything that touches the disk on the way stands here: the store of runs, tables, the manifest, whole files
//! written so that a reader sees the old or the new one. Nothing here knows an engine, a model or a study.

mod atomic;
mod checkpoint;
mod error;
pub mod fault;
pub mod format;
mod identity;
mod manifest;
mod npy;
mod run;
mod segment;
mod store;
mod table;

pub use atomic::{AtomicFile, make_folder, write_atomic};
pub use checkpoint::{Checkpoint, CheckpointError, open_checkpoint, write_checkpoint};
pub use error::StorageError;
pub use identity::{RESULTS_EPOCH, RunId, hash_bytes, hex, run_identity};
pub use manifest::{
    Claim, ClaimState, Difference, FolderIdentity, MANIFEST, Manifest, ManifestOutcome, Refusal, claim,
    inspect, remove_stale,
};
pub use npy::{write_npy_f32, write_npy_u8, write_npy_u16};
pub use run::{
    EndpointRow, EndpointValue, EventRow, Outcome, RUN_HEAD, RUN_TAIL, RunRecord, Series, Snapshot,
    SnapshotField, SnapshotLayer, is_own_of_runs,
};
pub use store::{Store, StoreReport};
pub use table::{Cell, Table, TableWriter};
