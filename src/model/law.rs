//! The one law for every number that can change: a base value bent by conditions on signals.
//!
//! A condition gives r in \[0, 1\]. A term's r is `prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r)`.
//! With odds X = r / (1 - r), base b0, increasing terms j and decreasing terms k:
//! `bU = (b0 + sum X_j b_j) / (1 + sum X_j)`, `b1 = (bU + sum X_k b_k) / (1 + sum X_k)`,
//! then scaling terms d: `b = b1 * prod_d (1 - (1 - fold_d) r_d)`. r = 1 means X infinite: the stage returns
//! the mean of its saturated targets. Terms stand in the order of their ids, so that sums have one order.
//! The two-stage form generalizes the rule law of Johnson et al., Cell 2025 (one target per rule).

use super::SignalId;
use crate::math;
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
        self.base == 0.0 && self.increase.is_empty() && self.decrease.iter().all(|t| t.target == 0.0)
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

impl Response {
    /// r in \[0, 1\] of a signal. A NaN signal (nothing seen yet) gives 0.
    pub fn value(&self, s: f64) -> f64 {
        let ramp = |zero: f64, one: f64| {
            let r = (s - zero) / (one - zero);
            if r > 0.0 { if r < 1.0 { r } else { 1.0 } } else { 0.0 }
        };
        match *self {
            Response::Hill { half, power } => {
                if s > 0.0 {
                    // 1 / (1 + (half/s)^power) cannot overflow to NaN: an infinite odds gives 1.
                    1.0 / (1.0 + math::pow(half / s, power))
                } else {
                    0.0
                }
            }
            Response::Linear { zero, one } => ramp(zero, one),
            Response::Above { above } => f64::from(u8::from(s > above)),
            Response::Below { below } => f64::from(u8::from(s < below)),
            Response::Window { zero, one, one_end, zero_end } => ramp(zero, one) * ramp(zero_end, one_end),
        }
    }
}

impl Law {
    /// The law's value, with the signals read through `signal`; a dead cell has no base and only the terms for the dead.
    pub fn value(&self, live: bool, signal: &mut dyn FnMut(SignalId) -> f64) -> f64 {
        let mut stage = |base: f64, terms: &[Term]| {
            let (mut top, mut odds, mut saturated, mut count) = (base, 1.0, 0.0, 0.0);
            for term in terms.iter().filter(|t| t.acts(live)) {
                let r = term.strength(signal);
                if r >= 1.0 {
                    saturated += term.target;
                    count += 1.0;
                } else {
                    let x = r / (1.0 - r);
                    top += x * term.target;
                    odds += x;
                }
            }
            if count > 0.0 { saturated / count } else { top / odds }
        };
        let raised = stage(if live { self.base } else { 0.0 }, &self.increase);
        let mut value = stage(raised, &self.decrease);
        for term in self.scale.iter().filter(|t| t.acts(live)) {
            value *= 1.0 - (1.0 - term.target) * term.strength(signal);
        }
        value
    }
}

impl Term {
    /// Whether the term applies to live (or dead) cells.
    pub fn acts(&self, live: bool) -> bool {
        if live { self.live } else { self.dead }
    }

    /// `prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r)`; an empty group is 1.
    pub fn strength(&self, signal: &mut dyn FnMut(SignalId) -> f64) -> f64 {
        let mut r = 1.0;
        for c in &self.all {
            r *= c.response.value(signal(c.signal));
        }
        if !self.any.is_empty() {
            let mut missed = 1.0;
            for c in &self.any {
                missed *= 1.0 - c.response.value(signal(c.signal));
            }
            r *= 1.0 - missed;
        }
        for c in &self.none {
            r *= 1.0 - c.response.value(signal(c.signal));
        }
        r
    }

    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.all.iter().chain(&self.any).chain(&self.none).map(|c| c.signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(target: f64, half: f64, power: f64, signal: u16) -> Term {
        let response = Response::Hill { half, power };
        let all = vec![Condition { signal: SignalId(signal), response }];
        Term { rule: format!("r{signal}"), all, any: vec![], none: vec![], target, live: true, dead: false }
    }

    fn at(law: &Law, signals: &[f64]) -> f64 {
        law.value(true, &mut |s| signals[s.index()])
    }

    #[test]
    fn one_rule_interpolates_between_base_and_target() {
        let law = Law { base: 1.0, increase: vec![rule(5.0, 2.0, 3.0, 0)], ..Law::default() };
        assert_eq!(at(&law, &[0.0]), 1.0);
        assert!((at(&law, &[2.0]) - 3.0).abs() < 1e-12);
        assert!((at(&law, &[f64::INFINITY]) - 5.0).abs() < 1e-12);
    }

    /// With equal targets the law is the published one: b = (1 - H_D) (b0 + (bM - b0) H_U) + H_D bm, with
    /// H = X / (1 + X), X the sum of (s/half)^power over the rules of a direction (Johnson et al., Cell 2025).
    #[test]
    fn equal_targets_give_the_published_law() {
        let law = Law {
            base: 0.4,
            increase: vec![rule(2.0, 1.0, 2.0, 0), rule(2.0, 3.0, 1.0, 1)],
            decrease: vec![rule(0.1, 0.5, 4.0, 2)],
            ..Law::default()
        };
        for (a, b, c) in [(0.3, 1.0, 0.1), (2.0, 0.0, 0.6), (0.0, 7.0, 3.0), (5.0, 5.0, 0.0)] {
            let up: f64 = a * a + b / 3.0;
            let down = (c / 0.5) * (c / 0.5) * (c / 0.5) * (c / 0.5);
            let (hu, hd) = (up / (1.0 + up), down / (1.0 + down));
            let expected = (1.0 - hd) * (0.4 + (2.0 - 0.4) * hu) + hd * 0.1;
            assert!((at(&law, &[a, b, c]) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn saturated_rules_give_the_mean_of_their_targets_and_scales_multiply() {
        let step = |target: f64, signal: u16| Term {
            all: vec![Condition { signal: SignalId(signal), response: Response::Above { above: 0.5 } }],
            ..rule(target, 1.0, 1.0, signal)
        };
        let law = Law {
            base: 1.0,
            increase: vec![step(4.0, 0), step(6.0, 1)],
            scale: vec![step(0.5, 2)],
            ..Law::default()
        };
        assert_eq!(at(&law, &[1.0, 1.0, 0.0]), 5.0);
        assert_eq!(at(&law, &[1.0, 0.0, 1.0]), 2.0);
        assert_eq!(at(&law, &[0.0, 0.0, 1.0]), 0.5);
        assert_eq!(law.value(false, &mut |_| 1.0), 0.0);
    }

    #[test]
    fn groups_combine_as_and_or_not() {
        let linear = |signal: u16| Condition {
            signal: SignalId(signal),
            response: Response::Linear { zero: 0.0, one: 1.0 },
        };
        let term = Term {
            any: vec![linear(1), linear(2)],
            none: vec![linear(3)],
            all: vec![linear(0)],
            ..rule(1.0, 1.0, 1.0, 0)
        };
        let values = [0.8, 0.5, 0.5, 0.25];
        let r = term.strength(&mut |s| values[s.index()]);
        assert!((r - 0.8 * 0.75 * 0.75).abs() < 1e-12);
    }
}
