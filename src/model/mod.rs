//! What is simulated, immutable: plain numbers and indices, checked before they get here.
//!
//! `spec` compiles documents to a [`Setup`]; `engine` reads it. Names are kept only for tables and messages.
//! Units everywhere: um, min, cells; a concentration in its substrate's own unit; a hazard in 1/min.
//! No file, no TOML and no state may enter this floor.

mod cell_type;
mod compartment;
mod endpoint;
#[cfg(test)]
pub mod fixture;
mod ids;
mod interaction;
mod law;
mod observable;
mod schedule;
mod setup;
mod signal;
mod substrate;
mod traits;

pub use cell_type::{Behaviors, CellType, Hazard, Movement, Supply, TraitDynamics};
pub use compartment::{Compartment, Flow, FlowKind, Place as FlowPlace, Pool, Species};
pub use endpoint::{Datum, Endpoint, EndpointKind, From, Take, Watched};
pub use ids::{
    CellTypeId, CompartmentId, DoseId, EndpointId, FlowId, InteractionId, LayerId, ObservableId, Origin,
    ProductId, ReceptorId, RemovalId, SignalId, SubstrateId, TraitId,
};
pub use interaction::{Attention, Gate, Interaction, InteractionKind, States};
pub use law::{Condition, Law, Response, Term};
pub use observable::{Measure, Observable, Place as ObservedPlace, Reading, Where};
pub use schedule::{
    Dose, DoseTarget, Event, Part, Pattern, PlaceCells, PlacedCell, Placement, Product, Region, Removal,
    Shape, Trigger,
};
pub use setup::{Checkpoints, Clock, Domain, Layer, Recording, Scale, Setup, Start};
pub use signal::Signal;
pub use substrate::Substrate;
pub use traits::{Binds, Inherit, Mutation, Receptor, Trait};
