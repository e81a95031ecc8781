//! Everything one simulation needs, and nothing it may change.

use super::{
    CellType, CellTypeId, Compartment, Dose, Endpoint, EndpointId, Flow, Interaction, Law, Observable,
    ObservableId, PlaceCells, Pool, Product, Receptor, Removal, Signal, Substrate, Trait, Trigger,
};
use crate::lattice::{Contact, Lattice};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One named sheet of the lattice: at most one cell per site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub id: String,
}

/// What part of the animal the lattice stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scale {
    /// The lattice is the animal's tissue: w = 1.
    Whole,
    /// The lattice stands for w times itself.
    Constant(f64),
    /// A slice one spacing thick through the middle of a round body. Of A the area of the mass of these types (live or
    /// dead; `lattice::closed`) and rho the distance of its sites from its center: w = max(1, 2 mean(rho) / dx), V = A dx w;
    /// for a full disc of radius r these are 4 r / (3 dx) and 4/3 pi r^3.
    Section { of: Vec<CellTypeId> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    pub lattice: Lattice,
    pub contact: Contact,
    pub scale: Scale,
}

/// Integer time: step n spans start + n dt .. start + (n + 1) dt. Minutes from day 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    pub start: f64,
    pub end: f64,
    pub step: f64,
    /// Pool steps per step.
    pub pool_steps: u32,
}

impl Clock {
    /// Number of steps from start to end, the last one complete.
    pub fn steps(&self) -> u32 {
        ((self.end - self.start) / self.step).ceil() as u32
    }

    /// Time at the start of a step, min from day 0.
    pub fn time(&self, step: u32) -> f64 {
        self.start + f64::from(step) * self.step
    }

    /// The step that contains a time (times on a border belong to the step they begin).
    pub fn step_at(&self, time: f64) -> u32 {
        let n = ((time - self.start) / self.step + 1e-9).floor();
        if n > 0.0 { n as u32 } else { 0 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// min.
    pub every: f64,
    pub observables: Vec<ObservableId>,
    /// Bin of the event table, min.
    pub events: f64,
    pub snapshots: Option<Trigger>,
    /// Does not change what a run is, and so is no part of it.
    #[serde(skip)]
    pub checkpoints: Checkpoints,
}

/// When a run is kept so that it can be taken up again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Checkpoints {
    /// min of simulated time between checkpoints that stay.
    pub every: Option<f64>,
    /// min by the clock on the wall between checkpoints that last until the run is done.
    pub wall: Option<f64>,
}

/// The checkpoint from which a run starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    #[serde(skip)]
    pub file: PathBuf,
    /// Names the bytes of the file.
    pub id: [u8; 32],
    /// Time of the checkpoint, min from day 0.
    #[serde(skip)]
    pub time: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// None: compartments only.
    pub domain: Option<Domain>,
    pub clock: Clock,
    pub layers: Vec<Layer>,
    pub substrates: Vec<Substrate>,
    pub traits: Vec<Trait>,
    pub receptors: Vec<Receptor>,
    pub cell_types: Vec<CellType>,
    pub interactions: Vec<Interaction>,
    pub compartments: Vec<Compartment>,
    pub flows: Vec<Flow>,
    /// Amounts at the start.
    pub initial: Vec<(Pool, f64)>,
    pub products: Vec<Product>,
    pub places: Vec<PlaceCells>,
    pub doses: Vec<Dose>,
    pub removals: Vec<Removal>,
    pub signals: Vec<Signal>,
    pub observables: Vec<Observable>,
    pub endpoints: Vec<Endpoint>,
    pub recording: Recording,
    /// None: from nothing, at the start of the clock.
    pub start: Option<Start>,
    /// The run ends when one of these occurs.
    pub stop: Vec<EndpointId>,
    /// Master seed of the scenario.
    pub seed: u64,
}

impl Setup {
    /// Laws of the whole setup, with the name of what they govern (for checks and explanations).
    pub fn laws(&self) -> Vec<(String, &Law)> {
        let mut out = Vec::new();
        for cell in &self.cell_types {
            let b = &cell.behaviors;
            let path = |what: &str| format!("cell_type.{}.{}", cell.id, what);
            out.extend(b.divide.iter().map(|h| (path("divide"), &h.rate)));
            out.extend(b.die.iter().map(|h| (path(&format!("die.{}", h.to)), &h.rate)));
            for h in &b.convert {
                out.push((path(&format!("convert.{}", self.cell_types[h.to.index()].id)), &h.rate));
            }
            if let Some(m) = &b.movement {
                out.push((path("move.speed"), &m.speed));
                out.push((path("move.persistence"), &m.persistence));
                for (s, law) in &m.toward {
                    out.push((path(&format!("move.toward.{}", self.substrates[s.index()].id)), law));
                }
            }
            for (s, law) in &b.secrete {
                out.push((path(&format!("secrete.{}", self.substrates[s.index()].id)), law));
            }
            for (s, law) in &b.uptake {
                out.push((path(&format!("uptake.{}", self.substrates[s.index()].id)), law));
            }
            for s in &b.supply {
                out.push((path(&format!("supply.{}", self.substrates[s.substrate.index()].id)), &s.rate));
            }
            for d in &b.dynamics {
                out.push((path(&format!("gain.{}", self.traits[d.of.index()].id)), &d.gain));
                out.push((path(&format!("loss.{}", self.traits[d.of.index()].id)), &d.loss));
            }
        }
        for i in &self.interactions {
            out.extend(i.rate.iter().map(|law| (format!("interaction.{}", i.id), law)));
        }
        out.extend(self.flows.iter().map(|f| (format!("flow.{}", f.id), &f.rate)));
        out
    }

    /// Number of clones a pool of this type can have: antigens of its clonal receptor, or 1.
    pub fn clones(&self, cell: CellTypeId) -> u8 {
        self.clonal_antigens(cell).map_or(1, |antigens| antigens.len() as u8)
    }

    /// Antigens of the clonal receptor of a type, if it bears one.
    pub fn clonal_antigens(&self, cell: CellTypeId) -> Option<&[super::TraitId]> {
        self.cell_types[cell.index()].receptors.iter().find_map(|r| {
            let receptor = &self.receptors[r.index()];
            match (&receptor.binds, receptor.clonal) {
                (super::Binds::Antigens(antigens), true) => Some(antigens.as_slice()),
                _ => None,
            }
        })
    }
}
