//! What is measured. Observables look at the state and never touch it.

use super::{CellTypeId, CompartmentId, Origin, ReceptorId, Region, Species, SubstrateId, TraitId};
use crate::units;
use serde::{Deserialize, Serialize};

/// Which of the cells count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Where {
    pub origin: Option<Origin>,
    pub clone: Option<u8>,
    pub live: bool,
    pub dead: bool,
    pub of: Option<TraitId>,
    pub above: Option<f64>,
    pub below: Option<f64>,
}

impl Default for Where {
    fn default() -> Self {
        Where { origin: None, clone: None, live: true, dead: false, of: None, above: None, below: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Tissue,
    Compartment(CompartmentId),
}

/// An observation model: `y = sum slope_i o_i + offset`, first-order lag, noise, floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub terms: Vec<(super::ObservableId, f64)>,
    pub offset: f64,
    /// min.
    pub lag: f64,
    pub cv: f64,
    pub sd: f64,
    pub floor: Option<f64>,
    pub detect: Option<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    Count {
        cells: Vec<CellTypeId>,
        which: Where,
    },
    Share {
        cells: Vec<CellTypeId>,
        which: Where,
        among: Vec<CellTypeId>,
    },
    Mean {
        of: TraitId,
        cells: Vec<CellTypeId>,
        which: Where,
    },
    Total {
        of: TraitId,
        cells: Vec<CellTypeId>,
        which: Where,
    },
    /// mm^3 of the mass of the listed cells, live or dead (`lattice::closed`).
    Volume {
        cells: Vec<CellTypeId>,
    },
    /// um, of the disc (2D) or ball of the same sites.
    Radius {
        cells: Vec<CellTypeId>,
    },
    /// um: mean distance of the inner edge of live cells from the outer edge.
    Rim {
        cells: Vec<CellTypeId>,
    },
    /// Mean concentration over a region.
    Field {
        substrate: SubstrateId,
        region: Region,
    },
    Pool {
        compartment: CompartmentId,
        species: Vec<Species>,
        concentration: bool,
    },
    /// Animal-scaled number of events since the last record.
    Events {
        cause: String,
        of: Option<Vec<CellTypeId>>,
        antigen: Option<String>,
    },
    /// Number of clones with more than `above` cells.
    Clones {
        receptor: ReceptorId,
        cells: Vec<CellTypeId>,
        above: f64,
    },
    Reading(Reading),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observable {
    pub id: String,
    /// Unit of the values in tables ("cells", "mm^3", "pM", "1"): also the suffix of the column.
    pub unit: String,
    /// Multiplies internal values (um, cells/um^3, ...) to `unit`.
    pub to_unit: f64,
    pub measure: Measure,
    pub place: Place,
    /// Detection limit in `unit`.
    pub limit: Option<f64>,
}

impl Observable {
    /// Column name in the tables: the id and a suffix for the unit, none where dimensionless or counted in cells.
    pub fn column(&self) -> String {
        units::column(&self.id, if self.unit == "cells" { "" } else { &self.unit })
    }
}
