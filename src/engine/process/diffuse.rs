//! Fields: cells secrete, take up and supply; vessels exchange with compartments; then every field is solved.
//!
//! `dc/dt = D lap(c) - loss c + source` with loss = decay + uptake + supply and exchange rates (1/min) and source =
//! secretion + supply rate x value (unit/min). Fields are assembled and solved one by one in the same room, which stays
//! in the cache, and side by side where there are threads.

use super::coupled;
use super::emission::{Terms, emissions};
use super::exchange::{Crossed, exchanges};
use crate::engine::grid::Occupancy;
use crate::engine::roster::Roster;
use crate::engine::{Context, Fault, State, View, books};
use crate::field::{Balance, Bench, Boundary, FieldError, Solver, Step};
use crate::model::SubstrateId;
use crate::par;
use tme_dispatch::wide;

/// A substrate with a field, and how it is solved.
pub struct Field {
    pub substrate: SubstrateId,
    pub solver: Solver<f32>,
}

/// What the fields of a step are solved with.
#[derive(Clone, Copy)]
pub struct Chemistry<'a> {
    pub fields: &'a [Field],
    pub rooms: &'a par::Rooms<Room>,
    /// Keep the books of every field and check them.
    pub audit: bool,
}

/// Room to assemble and solve one field.
#[derive(Default)]
pub struct Room {
    loss: Vec<f32>,
    source: Vec<f32>,
    bench: Bench<f32>,
}

/// A field on its way through the step.
struct Job<'a> {
    field: &'a Field,
    values: Vec<f32>,
    /// Whether it had to be solved.
    solved: bool,
    /// First site whose concentration is no number.
    fault: Option<usize>,
    crossed: Vec<Crossed>,
    /// Where books are kept and the field was solved.
    balance: Option<Balance>,
}

impl Field {
    /// The fields of a setup.
    ///
    /// # Errors
    /// Where one cannot be solved as asked.
    pub fn all(context: &Context) -> Result<Vec<Field>, FieldError> {
        let Some(domain) = &context.setup.domain else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for (i, s) in context.setup.substrates.iter().enumerate() {
            let Some(diffusion) = s.diffusion else { continue };
            let solver = Solver::new(&domain.lattice, diffusion, s.boundary, s.solver)?;
            out.push(Field { substrate: SubstrateId(i as u16), solver });
        }
        Ok(out)
    }
}

/// Assembles and solves every field over one step. Fails where a concentration is no longer a number.
pub fn diffuse(
    context: &Context,
    state: &mut State,
    occupancy: &[Occupancy],
    roster: &Roster,
    chemistry: &Chemistry,
) -> Result<(), Fault> {
    let Chemistry { fields, rooms, audit } = *chemistry;
    let (emissions, exchanges) = {
        let Some(view) = View::new(context, state, occupancy, roster) else { return Ok(()) };
        (emissions(&view, context.plan, roster), exchanges(&view))
    };
    // From here on nobody reads a concentration until all are solved.
    let mut values = std::mem::take(&mut state.fields);
    let Some(view) = View::new(context, state, occupancy, roster) else { return Ok(()) };
    let mut jobs: Vec<Job> = fields
        .iter()
        .filter_map(|field| {
            let values = values[field.substrate.index()].take()?;
            Some(Job { field, values, solved: false, fault: None, crossed: Vec::new(), balance: None })
        })
        .collect();
    par::for_each_mut(&mut jobs, |_, job| {
        rooms.enter(|room| {
            let substrate = job.field.substrate;
            let of = &view.setup.substrates[substrate.index()];
            let n = job.values.len();
            for terms in [&mut room.loss, &mut room.source] {
                terms.resize(n, 0.0);
            }
            room.loss.fill(of.decay as f32);
            room.source.fill(0.0);
            let mut terms = Terms { loss: &mut room.loss, source: &mut room.source };
            let mut fed = false;
            for emission in &emissions {
                fed |= emission.add_to(&view, substrate, &mut terms);
            }
            let own: Vec<_> = exchanges.iter().filter(|e| e.concerns(substrate)).collect();
            for exchange in &own {
                fed |= exchange.add_to(&mut terms);
            }
            if !fed && is_silent(&job.values, of.boundary) {
                return;
            }
            let step = Step { cold: !view.state.solved[substrate.index()], mean: !own.is_empty() };
            let Room { loss, source, bench } = room;
            let mut run = |values: &mut [f32], source: &[f32], at: &[f64]| {
                let mut balance = Balance::default();
                let (fields, dt) = ([loss.as_slice(), source], view.setup.clock.step);
                let books = audit.then_some(&mut balance);
                job.field.solver.solve_on(bench, values, fields, dt, step, books);
                let amounts = own.iter().zip(at).map(|(e, c)| e.amount(&view, *c, bench.mean())).collect();
                (amounts, balance)
            };
            let (crossed, balance) = coupled::solve(&view, &own, source, &mut job.values, &mut run);
            job.crossed = crossed;
            job.balance = audit.then_some(balance);
            job.solved = true;
            job.fault = first_that_is_no_number(&job.values);
        });
    });
    let mut fault = None;
    for Job { field, values: new, solved, fault: site, crossed, balance } in jobs {
        let s = field.substrate.index();
        state.solved[s] |= solved;
        if let Some(site) = site {
            let id = &context.setup.substrates[s].id;
            let what = format!("concentration of {id} at site {site} is not finite");
            fault = fault.or(Some(Fault { step: state.step, what }));
        }
        if let Some(Err(what)) = balance.map(|b| books::field(&context.setup.substrates[s].id, &b)) {
            fault = fault.or(Some(Fault { step: state.step, what }));
        }
        crossed.iter().for_each(|c| c.book(state));
        values[s] = Some(new);
    }
    state.fields = values;
    fault.map_or(Ok(()), Err)
}

/// A field of zeros that nothing feeds stays zero: it need not be solved.
fn is_silent(values: &[f32], boundary: Boundary) -> bool {
    matches!(boundary, Boundary::NoFlux | Boundary::Fixed(0.0)) && values.iter().all(|v| *v == 0.0)
}

fn first_that_is_no_number(values: &[f32]) -> Option<usize> {
    // A sum of finite values times zero is zero; anything else makes it NaN. Only then is the site searched for.
    let finite = |part: &[f32]| wide!(lanes(part)) == 0.0;
    if values.chunks(4096).all(finite) { None } else { values.iter().position(|v| !v.is_finite()) }
}

/// Sum of the values times zero, in eight lanes.
#[inline(always)]
fn lanes(part: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (whole, rest) = part.as_chunks::<8>();
    for values in whole {
        for (sum, v) in sums.iter_mut().zip(values) {
            *sum += v * 0.0;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|v| v * 0.0).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::first_that_is_no_number;

    #[test]
    fn what_is_no_number_is_found_where_it_is() {
        let mut values = vec![1e30f32; 10_000];
        assert_eq!(first_that_is_no_number(&values), None);
        for (at, bad) in [(0, f32::NAN), (4095, f32::INFINITY), (9_999, f32::NEG_INFINITY)] {
            let kept = std::mem::replace(&mut values[at], bad);
            assert_eq!(first_that_is_no_number(&values), Some(at));
            values[at] = kept;
        }
    }
}
