//! The one law for every number that can change: a base value bent by conditions on signals.
//!
//! A condition gives r in \[0, 1\]. A term's r is `prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r)`.
//! With odds X = r / (1 - r), base b0, increasing terms j and decreasing terms k:
//! `bU = (b0 + sum X_j b_j) / (1 + sum X_j)`, `b1 = (bU + sum X_k b_k) / (1 + sum X_k)`,
//! then scaling terms d: `b = b1 * prod_d (1 - (1 - fold_d) r_d)`. r = 1 means X infinite: the stage returns
//! the mean of its saturated targets. Terms stand in the order of their ids, so that sums have one order.
//! The two-stage form generalizes the rule law of Johnson et al., Cell 2025 (one target per rule).

use super::SignalId;
use serde::{Deserialize, Serialize};

/// How a signal becomes a number in \[0, 1\].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// `(s/half)^power / (1 + (s/half)^power)`.
    Hill { half: f64, power: f64 },
    /// `clamp((s - zero) / (one - zero), 0, 1)`; falling where `one < zero`.
    Linear { zero: f64, one: f64 },
    /// 1 where `s > above`.
    Above { above: f64 },
    /// 1 where `s < below`.
    Below { below: f64 },
    /// Rises from `zero` to `one`, stays 1 to `one_end`, falls to 0 at `zero_end`.
    Window { zero: f64, one: f64, one_end: f64, zero_end: f64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub signal: SignalId,
    pub response: Response,
}

/// One rule's contribution to a law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Id of the rule, for messages and for the order of summation.
    pub rule: String,
    pub all: Vec<Condition>,
    pub any: Vec<Condition>,
    pub none: Vec<Condition>,
    /// Target value (increase, decrease) or fold (scale).
    pub target: f64,
    /// Whether the rule acts on live cells, and on dead ones.
    pub live: bool,
    pub dead: bool,
}

/// Base value and its terms, each list sorted by rule id.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Law {
    pub base: f64,
    pub increase: Vec<Term>,
    pub decrease: Vec<Term>,
    pub scale: Vec<Term>,
}

impl Law {
    pub fn constant(base: f64) -> Law {
        Law { base, ..Law::default() }
    }

    pub fn is_constant(&self) -> bool {
        self.terms().next().is_none()
    }

    /// True where the law can only give zero: such a behavior costs nothing and draws nothing.
    pub fn is_zero(&self) -> bool {
        self.base == 0.0 && self.increase.is_empty()
    }

    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.increase.iter().chain(&self.decrease).chain(&self.scale)
    }

    /// Every signal that some condition reads.
    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.terms().flat_map(Term::signals)
    }

    /// The largest value the law can take.
    pub fn largest(&self) -> f64 {
        let top = self.increase.iter().fold(self.base, |m, t| if t.target > m { t.target } else { m });
        self.scale.iter().fold(top, |m, t| if t.target > 1.0 { m * t.target } else { m })
    }
}

impl Term {
    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.all.iter().chain(&self.any).chain(&self.none).map(|c| c.signal)
    }
}
