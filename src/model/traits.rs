//! Traits (numbers each cell carries), antigens (traits that receptors bind) and receptors.

use super::{Response, SubstrateId, TraitId};
use crate::random::Draw;
use serde::{Deserialize, Serialize};

/// What a daughter gets of its mother's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inherit {
    Copy,
    /// Half each.
    Split,
    /// The type's initial value: its constant, or the median of its distribution.
    Reset,
    /// A new draw from the type's distribution.
    Redraw,
    /// One more per division.
    Increment,
}

/// A change of the value at division, with a probability per daughter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mutation {
    pub probability: f64,
    pub to: f64,
}

/// A number each cell carries. `dx/dt = gain - loss * x`, exact within a step, clamped to \[min, max\].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trait {
    pub id: String,
    pub unit: String,
    pub antigen: bool,
    /// Abstract antigens this one is a kind of, nearest first.
    pub kind_of: Vec<String>,
    /// Value of a cell whose type says nothing.
    pub initial: Draw,
    pub min: f64,
    pub max: Option<f64>,
    pub inherit: Inherit,
    /// Log-sd of the copying error at division.
    pub jitter: f64,
    pub mutation: Option<Mutation>,
    /// Antigens only: what receptors see is `value * presenter / presented_at`.
    pub presented_by: Option<TraitId>,
    pub presented_at: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Binds {
    /// Concrete antigens in order of id.
    Antigens(Vec<TraitId>),
    Substrate(SubstrateId),
}

/// Binds an antigen on a touching cell, or a substrate at the bearer's site.
/// Activation r = response(E), E = e * copies / copies_at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receptor {
    pub id: String,
    pub binds: Binds,
    /// Each cell binds one of the antigens, fixed at birth and inherited.
    pub clonal: bool,
    pub response: Response,
    pub copies: Option<TraitId>,
    pub copies_at: f64,
    /// Ligand consumed at `copies_at`, 1/min (substrate only).
    pub uptake: f64,
}
