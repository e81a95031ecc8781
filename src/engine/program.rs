//! Laws over many cells at once: plain arithmetic on columns, in single precision.
//!
//! The scalar meaning is `model::Law::value`; here the same formula runs over chunks of cells whose signals have been
//! gathered first, so that the compiler can use wide registers.

use crate::math;
use crate::model::{Condition, Law, Response, SignalId, Term};
use tme_dispatch::wide;

/// Cells evaluated together. A constant: results may not depend on the machine.
pub const CHUNK: usize = 256;

/// One column of a chunk.
pub type Column = [f32; CHUNK];

/// A list of laws and the signals they read, each gathered once.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub signals: Vec<SignalId>,
    laws: Vec<Law>,
}

impl Program {
    /// Adds a law; the result is its index among the outputs.
    pub fn add(&mut self, law: &Law) -> usize {
        let mut law = law.clone();
        for term in law.increase.iter_mut().chain(&mut law.decrease).chain(&mut law.scale) {
            for condition in term.all.iter_mut().chain(&mut term.any).chain(&mut term.none) {
                let slot = self.signals.iter().position(|s| *s == condition.signal).unwrap_or_else(|| {
                    self.signals.push(condition.signal);
                    self.signals.len() - 1
                });
                // From here on the index is that of the gathered column.
                condition.signal = SignalId(slot as u16);
            }
        }
        self.laws.push(law);
        self.laws.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.laws.is_empty()
    }

    /// Whether some law has a term for dead cells.
    pub fn serves_dead(&self) -> bool {
        self.laws.iter().any(|law| law.terms().any(|t| t.dead))
    }

    /// Evaluates every law on the first `n` cells of the gathered columns: `out[law][cell]`.
    pub fn run(&self, live: bool, n: usize, columns: &[Column], out: &mut Vec<Column>) {
        // Entries beyond `n` are of any content.
        out.resize(self.laws.len(), [0.0; CHUNK]);
        for (law, out) in self.laws.iter().zip(out) {
            wide!(evaluate(law, live, n, columns, &mut out[..n]));
        }
    }
}

#[inline(always)]
fn evaluate(law: &Law, live: bool, n: usize, columns: &[Column], value: &mut [f32]) {
    value.fill(if live { law.base as f32 } else { 0.0 });
    stage(&law.increase, live, n, columns, value);
    stage(&law.decrease, live, n, columns, value);
    for term in law.scale.iter().filter(|t| t.acts(live)) {
        let r = strength(term, n, columns);
        let fold = term.target as f32;
        for (v, r) in value.iter_mut().zip(&r) {
            *v *= 1.0 - (1.0 - fold) * r;
        }
    }
}

/// `(b + sum X b_j) / (1 + sum X)`, or the mean of the saturated targets.
#[inline(always)]
fn stage(terms: &[Term], live: bool, n: usize, columns: &[Column], value: &mut [f32]) {
    if !terms.iter().any(|t| t.acts(live)) {
        return;
    }
    let mut odds = [1.0f32; CHUNK];
    let mut saturated = [0.0f32; CHUNK];
    let mut count = [0.0f32; CHUNK];
    for term in terms.iter().filter(|t| t.acts(live)) {
        let r = strength(term, n, columns);
        let target = term.target as f32;
        for i in 0..n {
            let full = r[i] >= 1.0;
            let x = if full { 0.0 } else { r[i] / (1.0 - r[i]) };
            value[i] += x * target;
            odds[i] += x;
            saturated[i] += if full { target } else { 0.0 };
            count[i] += if full { 1.0 } else { 0.0 };
        }
    }
    for i in 0..n {
        let mean = saturated[i] / if count[i] > 0.0 { count[i] } else { 1.0 };
        value[i] = if count[i] > 0.0 { mean } else { value[i] / odds[i] };
    }
}

#[inline(always)]
fn strength(term: &Term, n: usize, columns: &[Column]) -> Column {
    let mut r = [1.0f32; CHUNK];
    for condition in &term.all {
        let one = respond(condition, n, columns);
        for i in 0..n {
            r[i] *= one[i];
        }
    }
    if !term.any.is_empty() {
        let mut missed = [1.0f32; CHUNK];
        for condition in &term.any {
            let one = respond(condition, n, columns);
            for i in 0..n {
                missed[i] *= 1.0 - one[i];
            }
        }
        for i in 0..n {
            r[i] *= 1.0 - missed[i];
        }
    }
    for condition in &term.none {
        let one = respond(condition, n, columns);
        for i in 0..n {
            r[i] *= 1.0 - one[i];
        }
    }
    r
}

#[inline(always)]
fn respond(condition: &Condition, n: usize, columns: &[Column]) -> Column {
    let mut out = [0.0f32; CHUNK];
    let s = &columns[condition.signal.index()][..n];
    match condition.response {
        Response::Hill { half, power } => math::hill_into(s, half as f32, power as f32, &mut out[..n]),
        Response::Linear { zero, one } => ramp(s, zero, one, &mut out[..n]),
        Response::Above { above } => {
            for (out, s) in out.iter_mut().zip(s) {
                *out = if *s > above as f32 { 1.0 } else { 0.0 };
            }
        }
        Response::Below { below } => {
            for (out, s) in out.iter_mut().zip(s) {
                *out = if *s < below as f32 { 1.0 } else { 0.0 };
            }
        }
        Response::Window { zero, one, one_end, zero_end } => {
            ramp(s, zero, one, &mut out[..n]);
            let mut fall = [0.0f32; CHUNK];
            ramp(s, zero_end, one_end, &mut fall[..n]);
            for i in 0..n {
                out[i] *= fall[i];
            }
        }
    }
    out
}

/// `clamp((s - zero) / (one - zero), 0, 1)`.
#[inline(always)]
fn ramp(s: &[f32], zero: f64, one: f64, out: &mut [f32]) {
    let (zero, scale) = (zero as f32, (1.0 / (one - zero)) as f32);
    for (out, s) in out.iter_mut().zip(s) {
        let r = (s - zero) * scale;
        *out = if r > 0.0 { if r < 1.0 { r } else { 1.0 } } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The batch law is the scalar law in single precision, for every response, group and stage.
    #[test]
    fn batch_agrees_with_the_scalar_law() {
        let responses = [
            Response::Hill { half: 0.7, power: 2.0 },
            Response::Hill { half: 0.2, power: 1.3 },
            Response::Linear { zero: 0.9, one: 0.1 },
            Response::Above { above: 0.5 },
            Response::Below { below: 0.3 },
            Response::Window { zero: 0.1, one: 0.3, one_end: 0.6, zero_end: 0.8 },
        ];
        let condition = |i: usize| Condition {
            signal: SignalId((i % 3) as u16),
            response: responses[i % responses.len()],
        };
        let term = |i: usize, target: f64| Term {
            rule: format!("r{i}"),
            all: vec![condition(i)],
            any: vec![condition(i + 1), condition(i + 2)],
            none: vec![condition(i + 3)],
            target,
            live: true,
            dead: i.is_multiple_of(2),
        };
        for i in 0..12 {
            let law = Law {
                base: 0.5,
                increase: vec![term(i, 2.0), term(i + 1, 3.0)],
                decrease: vec![term(i + 2, 0.1)],
                scale: vec![term(i + 3, 0.25)],
            };
            let mut program = Program::default();
            program.add(&law);
            let values: Vec<[f64; 3]> = (0..100)
                .map(|k| [k as f64 / 100.0, ((k * 37) % 100) as f64 / 90.0, ((k * 61) % 100) as f64 / 50.0])
                .collect();
            let mut columns = vec![[0.0f32; CHUNK]; program.signals.len()];
            for (slot, signal) in program.signals.iter().enumerate() {
                for (k, v) in values.iter().enumerate() {
                    columns[slot][k] = v[signal.index()] as f32;
                }
            }
            for live in [true, false] {
                let mut out = Vec::new();
                program.run(live, values.len(), &columns, &mut out);
                for (k, v) in values.iter().enumerate() {
                    let exact = law.value(live, &mut |s| f64::from(v[s.index()] as f32));
                    let got = f64::from(out[0][k]);
                    assert!(
                        (got - exact).abs() < 2e-5 * (1.0 + exact.abs()),
                        "law {i} cell {k}: {got} {exact}"
                    );
                }
            }
        }
    }
}
