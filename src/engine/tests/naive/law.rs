//! Responses, conditions and the rule law, as the manual writes them.

use crate::math;
use crate::model::{Condition, Law, Response, SignalId, Term};

/// r of a signal.
pub fn respond(response: &Response, s: f64) -> f64 {
    let clamp = |r: f64| if r > 0.0 { r.min(1.0) } else { 0.0 };
    match *response {
        Response::Hill { .. } if s <= 0.0 || s.is_nan() => 0.0,
        Response::Hill { .. } if s.is_infinite() => 1.0,
        Response::Hill { half, power } => {
            let x = math::pow(s / half, power);
            x / (1.0 + x)
        }
        Response::Linear { zero, one } => clamp((s - zero) / (one - zero)),
        Response::Above { above } => f64::from(u8::from(s > above)),
        Response::Below { below } => f64::from(u8::from(s < below)),
        Response::Window { zero, one, one_end, zero_end } => {
            if s < one {
                clamp((s - zero) / (one - zero))
            } else if s <= one_end {
                1.0
            } else {
                clamp((zero_end - s) / (zero_end - one_end))
            }
        }
    }
}

/// AND, OR and NOT over activations: `prod_all r * (1 - prod_any (1 - r)) * prod_none (1 - r)`.
pub fn combine(all: &[f64], any: &[f64], none: &[f64]) -> f64 {
    let missed = |list: &[f64]| list.iter().map(|r| 1.0 - r).product::<f64>();
    let any_of = if any.is_empty() { 1.0 } else { 1.0 - missed(any) };
    all.iter().product::<f64>() * any_of * missed(none)
}

/// The law with the signals read through `read`; a dead cell has no base, and only the terms for the dead.
pub fn value(law: &Law, live: bool, read: &dyn Fn(SignalId) -> f64) -> f64 {
    let strength = |term: &Term| {
        let r = |list: &[Condition]| -> Vec<f64> {
            list.iter().map(|c| respond(&c.response, read(c.signal))).collect()
        };
        combine(&r(&term.all), &r(&term.any), &r(&term.none))
    };
    let acting = |terms: &[Term]| -> Vec<(f64, f64)> {
        let acts = |t: &&Term| if live { t.live } else { t.dead };
        terms.iter().filter(acts).map(|t| (strength(t), t.target)).collect()
    };
    // A saturated condition has infinite odds: so large that what is left of the base is below any rounding.
    let odds = |r: f64| if r < 1.0 - 1e-14 { r / (1.0 - r) } else { 1e14 };
    let stage = |base: f64, terms: &[(f64, f64)]| {
        let above: f64 = terms.iter().map(|(r, target)| odds(*r) * target).sum();
        let below: f64 = terms.iter().map(|(r, _)| odds(*r)).sum();
        (base + above) / (1.0 + below)
    };
    let base = if live { law.base } else { 0.0 };
    let bent = stage(stage(base, &acting(&law.increase)), &acting(&law.decrease));
    acting(&law.scale).iter().fold(bent, |b, (r, fold)| b * (1.0 - (1.0 - fold) * r))
}
