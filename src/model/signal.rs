//! What conditions can read. Interned: a `Setup` holds each signal once and laws refer to it by index.

use super::{CellTypeId, CompartmentId, Event, ObservableId, ReceptorId, Species, SubstrateId, TraitId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// Concentration at the site, in the substrate's unit.
    Substrate(SubstrateId),
    /// Magnitude of the gradient at the site, substrate's unit per um.
    Gradient(SubstrateId),
    /// The cell's own trait or antigen.
    Trait(TraitId),
    /// Number of live touching cells (own site included, the cell itself not) of these types.
    Contact(Vec<CellTypeId>),
    /// Filled share of the touching sites in the cell's own layer.
    Crowding,
    /// Activation of an own receptor by live touching cells, or by its ligand at the site.
    Receptor(ReceptorId),
    /// Strongest activation among own antigen receptors that some gate names under all or any.
    Recognition,
    /// Time since the cell was placed, arrived or was born, min.
    Age,
    /// Amount in a compartment of the antigen that the pool's clone or the cell's clonal receptor binds, molecules.
    Cognate(CompartmentId),
    /// Amount of species in a compartment (kinds, origins and clones summed): cells, or molecules.
    Amount { compartment: CompartmentId, species: Vec<Species> },
    /// The same per volume: cells/um^3, or the substrate's unit.
    Concentration { compartment: CompartmentId, species: Vec<Species> },
    /// Last value of an observable, without noise.
    Observable(ObservableId),
    /// Time since a dose, removal or endpoint, min; infinite before it.
    Since(Event),
    /// Simulated time, min from day 0.
    Time,
}
