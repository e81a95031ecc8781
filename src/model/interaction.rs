//! What touching cells do to each other.

use super::{CellTypeId, Law, ReceptorId, TraitId};
use crate::random::Purpose;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum InteractionKind {
    /// Each event adds `hit` to the target's `damage`; at `lethal` the target dies.
    Kill { damage: TraitId, hit: f64, lethal: f64 },
    /// The first event removes the target.
    Engulf,
    /// Only the changes of traits.
    Touch,
}

/// Which targets an interaction acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct States {
    pub live: bool,
    pub dead: bool,
}

/// `R = prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r)` over the actor's receptors; absent: 1.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Gate {
    pub all: Vec<ReceptorId>,
    pub any: Vec<ReceptorId>,
    pub none: Vec<ReceptorId>,
}

impl Gate {
    pub fn is_open(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.none.is_empty()
    }
}

/// What an actor does with several targets that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attention {
    /// To the first in an order of its own; when that is gone, to the next.
    One,
    /// Each event falls to any of them, by R.
    All,
}

/// Actor i touches targets j with gates R_ij; with base rate b (after rules) and handling time h it makes events at the rate
/// `L / (1 + L h)`: `L = b R_ij` on the one target that it attends to, or `L = b min(1, sum_j R_ij)` over all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    pub id: String,
    pub purpose: Purpose,
    pub kind: InteractionKind,
    /// Acting and target types, kinds resolved, sorted.
    pub actors: Vec<CellTypeId>,
    pub targets: Vec<CellTypeId>,
    pub on: States,
    pub gate: Gate,
    pub attention: Attention,
    /// 1/min, read with the actor's signals; one law per entry of `actors` (rules may name a kind).
    pub rate: Vec<Law>,
    /// Handling time, min.
    pub cooldown: f64,
    /// Change of a trait per event.
    pub to_target: Vec<(TraitId, f64)>,
    pub to_self: Vec<(TraitId, f64)>,
    /// Share of the target's value that moves to the actor per event.
    pub take: Vec<(TraitId, f64)>,
}
