//! What one simulation leaves behind: the unit of the store, from which every table is derived.
//!
//! Plain data. Nothing here knows how it was measured, where it is stored, or which arm it belongs to.

use serde::{Deserialize, Serialize};

/// Columns of runs.csv that every folder has: before those that documents name, and after them.
pub const RUN_HEAD: [&str; 6] = ["run", "run_id", "arm", "subject", "replicate", "seed"];
pub const RUN_TAIL: [&str; 5] = ["outcome", "ended_by", "watched_until", "unseen_below", "state_hash"];

/// Whether runs.csv has a column of this name for itself.
pub fn is_own_of_runs(column: &str) -> bool {
    RUN_HEAD.contains(&column) || RUN_TAIL.contains(&column)
}

/// Result of one run. Times are days from the scenario's day 0; counts are those of the animal; NaN is
/// missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Seed of the run's random streams.
    pub seed: u64,
    pub outcome: Outcome,
    /// Steps done.
    pub steps: u32,
    /// Last time simulated.
    pub end_day: f64,
    /// BLAKE3 of the last state, hexadecimal.
    pub state_hash: String,
    /// Most cells on the lattice at once, live and dead.
    pub cells_max: u64,
    /// How many times the lattice the animal is, at the end.
    pub final_weight: f64,
    /// Sections only: no live cell of the types that define the section is left. Fewer than about this many
    /// (what the last one stood for) may remain in the animal: this is not clearance.
    pub unseen_below: Option<f64>,
    /// Every endpoint, in order of the setup (by id).
    pub endpoints: Vec<EndpointRow>,
    pub series: Series,
    /// Sorted by time, event, cell type, cause, actor, antigen.
    pub events: Vec<EventRow>,
    /// Empty unless asked for.
    pub snapshots: Vec<Snapshot>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Follow-up was complete.
    Finished,
    /// An endpoint that ends the run occurred.
    Stopped { endpoint: String },
    /// The simulation broke: the step, and what was found where.
    Failed { step: u32, what: String },
    /// Ended from outside before its time.
    Interrupted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointRow {
    pub id: String,
    /// Unit of a `Value`; "" for the others.
    pub unit: String,
    pub value: EndpointValue,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EndpointValue {
    /// Day of the event, or of the end of follow-up if it was not reached.
    Time {
        day: f64,
        reached: bool,
    },
    /// Interval-censored: the event lies after `after_day` (last visit without it) and by `day` (first visit
    /// with it). Not reached: both are the last visit.
    Visit {
        after_day: f64,
        day: f64,
        reached: bool,
    },
    /// None: not observed.
    Value(Option<f64>),
    Category(String),
}

/// Recorded observables over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Names with their units, as in tables.
    pub columns: Vec<String>,
    pub time_day: Vec<f64>,
    /// One row per time, one entry per column.
    pub values: Vec<Vec<f64>>,
}

/// How often something happened within one bin of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// End of the bin.
    pub time_day: f64,
    /// "birth", "death", "conversion", ...
    pub event: String,
    pub cell_type: String,
    /// Id of the interaction, flow, dose, removal or place; name of a death; "division", "convert.TYPE",
    /// "cleared".
    pub cause: String,
    /// Type of the acting cell; "" where no cell acted.
    pub actor: String,
    /// Antigen recognized; "" where none was.
    pub antigen: String,
    /// Cells of the animal.
    pub count: f64,
}

/// The lattice at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub time_day: f64,
    /// Sites along x, y, z. Site i = x + nx (y + ny z).
    pub sites: [u32; 3],
    /// Edge of a site, um.
    pub spacing_um: f64,
    /// Cell types, then the same with " (dead)" appended.
    pub names: Vec<String>,
    pub layers: Vec<SnapshotLayer>,
    pub fields: Vec<SnapshotField>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotLayer {
    pub id: String,
    /// Per site: 0 empty, else 1 + index into the snapshot's names.
    pub cells: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotField {
    pub id: String,
    pub unit: String,
    /// Concentration per site.
    pub values: Vec<f32>,
}

impl Series {
    /// Index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }
}

impl RunRecord {
    /// Row of an endpoint.
    pub fn endpoint(&self, id: &str) -> Option<&EndpointValue> {
        self.endpoints.iter().find(|e| e.id == id).map(|e| &e.value)
    }
}

impl Outcome {
    /// One word for the tables.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Finished => "finished",
            Outcome::Stopped { .. } => "stopped",
            Outcome::Failed { .. } => "failed",
            Outcome::Interrupted => "interrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_bytes_with_missing_values() {
        let record = RunRecord {
            seed: u64::MAX,
            outcome: Outcome::Failed { step: 3, what: "oxygen is not a number at site 7".into() },
            steps: 3,
            end_day: 0.0625,
            state_hash: "00ff".into(),
            cells_max: 12,
            final_weight: 1.5,
            unseen_below: None,
            endpoints: vec![
                EndpointRow {
                    id: "survival".into(),
                    unit: String::new(),
                    value: EndpointValue::Time { day: 2.0, reached: true },
                },
                EndpointRow { id: "peak".into(), unit: "cells".into(), value: EndpointValue::Value(None) },
            ],
            series: Series { columns: vec!["a".into()], time_day: vec![0.0], values: vec![vec![f64::NAN]] },
            events: vec![],
            snapshots: vec![],
        };
        let bytes = postcard::to_stdvec(&record).unwrap();
        let back: RunRecord = postcard::from_bytes(&bytes).unwrap();
        assert!(back.series.values[0][0].is_nan());
        assert_eq!(
            (back.seed, &back.outcome, &back.endpoints),
            (record.seed, &record.outcome, &record.endpoints)
        );
        assert_eq!(back.endpoint("survival"), Some(&EndpointValue::Time { day: 2.0, reached: true }));
        assert_eq!(back.series.column("a"), Some(0));
    }
}
