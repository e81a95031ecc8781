//! What happens from outside and when: cells placed, doses given, tissue removed; and the one idea of "when".

use super::{
    CellTypeId, CompartmentId, DoseId, EndpointId, ObservableId, Origin, RemovalId, SubstrateId, TraitId,
};
use crate::random::{Draw, Purpose};
use serde::{Deserialize, Serialize};

/// Something whose day can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Dose(DoseId),
    Removal(RemovalId),
    Endpoint(EndpointId),
}

/// When. Times are minutes from day 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    At(Vec<f64>),
    Every { every: f64, from: f64, times: Option<u32> },
    After { event: Event, delay: f64 },
    When { observable: ObservableId, above: bool, threshold: f64, every: f64, delay: f64, times: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    Everywhere,
    Disc,
    Sphere,
    Box,
    Shell,
    Boundary,
    /// Within `radius` of the listed cells.
    Near,
}

/// A part of the domain. Lengths in um; `center` absent: the middle of the box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    pub shape: Shape,
    pub center: Option<[f64; 3]>,
    /// Disc, sphere, shell: outer radius; absent: as large as the cells need. Near: the distance.
    pub radius: Option<f64>,
    /// Shell: inner radius.
    pub inner: f64,
    /// Box: edge lengths.
    pub size: [f64; 3],
    /// Near: these types.
    pub cells: Vec<CellTypeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    Packed,
    Random,
}

/// One row of a table of cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedCell {
    pub cell: CellTypeId,
    /// um from the corner of the box.
    pub point: [f64; 3],
    pub traits: Vec<(TraitId, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Placement {
    /// Cells of the animal; a section places the disc of the equal sphere.
    Count(f64),
    /// Share of the region's sites.
    Share(f64),
    Table(Vec<PlacedCell>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceCells {
    pub id: String,
    pub purpose: Purpose,
    pub cell: CellTypeId,
    pub placement: Placement,
    pub region: Region,
    pub pattern: Pattern,
    /// Overrides of the type's initial values.
    pub traits: Vec<(TraitId, Draw)>,
    pub at: Trigger,
}

/// One ingredient of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub id: String,
    pub cell: Option<CellTypeId>,
    pub substrate: Option<SubstrateId>,
    pub share: f64,
    pub traits: Vec<(TraitId, Draw)>,
}

/// What is infused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub id: String,
    pub viability: f64,
    /// Sorted by id.
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DoseTarget {
    Compartment(CompartmentId),
    Tissue(Region),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dose {
    pub id: String,
    pub purpose: Purpose,
    pub product: super::ProductId,
    /// Cells, or molecules; body weight already multiplied in.
    pub amount: f64,
    pub at: Trigger,
    pub into: DoseTarget,
    /// Evenly over this time, min; 0: at once.
    pub over: f64,
}

impl Dose {
    pub fn origin(&self) -> Origin {
        Origin::of(self.product)
    }
}

/// Surgery, depletion: each listed cell with probability `share`; a pool loses the share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    pub id: String,
    pub purpose: Purpose,
    pub cells: Vec<CellTypeId>,
    pub from: Vec<CompartmentId>,
    pub tissue: bool,
    pub share: f64,
    pub region: Region,
    /// Everything within this distance of the listed cells too, um.
    pub margin: f64,
    pub at: Trigger,
}
