//! Sense and decide: laws are evaluated on the frozen state, chance events race, nothing is changed yet.
//!
//! Events that exclude each other for one cell (divide, die, convert, leave) race: each has its own keyed uniform u and
//! the time -ln(u)/b; the earliest acts if it lies within the step. That is the exact competing-risk law, and switching
//! one off leaves the draws of the others as they were.

use crate::engine::plan::{Act, TypePlan};
use crate::engine::program::{CHUNK, Column};
use crate::engine::signal::gather;
use crate::engine::{Cells, View};
use crate::math;
use crate::model::SubstrateId;
use crate::par;
use crate::random::{first_event_time, purposes};
use std::ops::Range;

/// Cells decided together by one thread; a constant.
const BLOCK: usize = 4 * CHUNK;

/// What becomes of a cell in this step, and when (fraction of the step).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    pub time: f32,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Nothing,
    Act(Act),
    /// Killed or engulfed: index into the step's list of losses.
    Contact(u32),
    /// A dead cell whose time is over.
    Dissolve,
}

impl Fate {
    pub const NONE: Fate = Fate { time: 1.0, what: What::Nothing };
}

/// Decisions of all cells of one layer, in storage order.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    pub fates: Vec<Fate>,
    /// Moves in this step.
    pub moves: Vec<u16>,
    /// Probability of keeping the heading in a move.
    pub keep: Vec<f32>,
    /// Bias toward substrates: one column per substrate that some type of the layer follows.
    pub toward: Vec<(SubstrateId, Vec<f32>)>,
    /// Traits at the end of the step, by column of the layer.
    pub next: Vec<Vec<f32>>,
    /// Cells that are off the lattice at the end of the step (by index; later cells are not).
    pub gone: Vec<bool>,
}

/// Decisions of a block of cells.
struct Block(Decisions);

/// Decides for every cell of a layer.
pub fn decide(view: &View, layer: usize) -> Decisions {
    let cells = &view.state.layers[layer];
    let mut substrates: Vec<SubstrateId> = view.plan.in_layer[layer]
        .iter()
        .filter_map(|t| view.plan.types[t.index()].movement.as_ref())
        .flat_map(|m| m.toward.iter().map(|(s, _)| *s))
        .collect();
    substrates.sort_unstable();
    substrates.dedup();
    let blocks = par::map_chunks(cells.len(), BLOCK, |range| decide_block(view, layer, range, &substrates));
    let mut all = Decisions {
        toward: substrates.iter().map(|s| (*s, Vec::with_capacity(cells.len()))).collect(),
        next: vec![Vec::with_capacity(cells.len()); cells.traits.len()],
        ..Decisions::default()
    };
    for Block(block) in blocks {
        all.fates.extend(block.fates);
        all.moves.extend(block.moves);
        all.keep.extend(block.keep);
        for (all, part) in all.toward.iter_mut().zip(block.toward) {
            all.1.extend(part.1);
        }
        for (all, part) in all.next.iter_mut().zip(block.next) {
            all.extend(part);
        }
    }
    all.gone = vec![false; cells.len()];
    all
}

fn decide_block(view: &View, layer: usize, range: Range<usize>, substrates: &[SubstrateId]) -> Block {
    let cells = &view.state.layers[layer];
    let n = range.len();
    let mut out = Decisions {
        fates: vec![Fate::NONE; n],
        moves: vec![0; n],
        keep: vec![0.0; n],
        toward: substrates.iter().map(|s| (*s, vec![0.0; n])).collect(),
        next: cells.traits.iter().map(|column| column[range.clone()].to_vec()).collect(),
        gone: Vec::new(),
    };
    let mut members = Vec::with_capacity(n);
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for kind in &view.plan.in_layer[layer] {
        let plan = &view.plan.types[kind.index()];
        members.clear();
        for cell in range.clone().filter(|c| cells.kind[*c] == *kind) {
            if cells.alive(cell) {
                members.push(cell as u32);
            } else if view.state.step + 1 - cells.death[cell] >= plan.remains {
                out.fates[cell - range.start] = Fate { time: 0.0, what: What::Dissolve };
            }
        }
        if plan.decide.is_empty() {
            continue;
        }
        for chunk in members.chunks(CHUNK) {
            gather(view, &plan.decide, layer, chunk, &mut columns);
            plan.decide.run(true, chunk.len(), &columns, &mut values);
            for (i, cell) in chunk.iter().enumerate() {
                let at = *cell as usize - range.start;
                out.fates[at] = race(view, plan, cells, *cell as usize, i, &values);
            }
            travel(view, plan, cells, chunk, range.start, &values, &mut out);
            dynamics(view.setup.clock.step as f32, plan, chunk, range.start, &values, &mut out);
        }
    }
    Block(out)
}

fn race(view: &View, plan: &TypePlan, cells: &Cells, cell: usize, i: usize, values: &[Column]) -> Fate {
    let mut fate = Fate::NONE;
    for hazard in &plan.hazards {
        let rate = f64::from(values[hazard.output][i]) * view.setup.clock.step;
        if let Some(time) =
            first_event_time(&view.streams, cells.key[cell], view.state.step, hazard.purpose, rate)
            && (time as f32) < fate.time
        {
            fate = Fate { time: time as f32, what: What::Act(hazard.act) };
        }
    }
    fate
}

/// v dt / dx moves, the fraction by a draw; the heading is kept with probability exp(-dx / (v persistence)).
fn travel(
    view: &View,
    plan: &TypePlan,
    cells: &Cells,
    chunk: &[u32],
    start: usize,
    values: &[Column],
    out: &mut Decisions,
) {
    let Some(movement) = &plan.movement else { return };
    let dx = view.grid.lattice.spacing;
    for (i, cell) in chunk.iter().enumerate() {
        let at = *cell as usize - start;
        let speed = f64::from(values[movement.speed][i]);
        if speed <= 0.0 {
            continue;
        }
        let moves = speed * view.setup.clock.step / dx;
        let u = view.streams.uniform(cells.key[*cell as usize], view.state.step, purposes::MOVE_FRACTION, 0);
        out.moves[at] = (moves.floor() + f64::from(u8::from(u < moves - moves.floor()))) as u16;
        if out.moves[at] == 0 {
            continue;
        }
        let persistence = f64::from(values[movement.persistence][i]);
        if persistence > 0.0 {
            out.keep[at] = math::exp(-dx / (speed * persistence)) as f32;
        }
        for (s, output) in &movement.toward {
            if let Some((_, column)) = out.toward.iter_mut().find(|(t, _)| t == s) {
                column[at] = values[*output][i];
            }
        }
    }
}

/// dx/dt = g - l x over the step: x' = g/l + (x - g/l) exp(-l dt), or x + g dt; then kept within \[min, max\].
fn dynamics(dt: f32, plan: &TypePlan, chunk: &[u32], start: usize, values: &[Column], out: &mut Decisions) {
    for d in &plan.dynamics {
        let column = &mut out.next[d.column];
        for (i, cell) in chunk.iter().enumerate() {
            let x = &mut column[*cell as usize - start];
            *x = bounded(relax(*x, values[d.gain][i], values[d.loss][i], dt), d.min, d.max);
        }
    }
}

/// The exact solution of dx/dt = g - l x after time t.
#[inline]
pub fn relax(x: f32, gain: f32, loss: f32, t: f32) -> f32 {
    if loss > 0.0 {
        let rest = gain / loss;
        rest + (x - rest) * math::exp32(-loss * t)
    } else {
        x + gain * t
    }
}

#[inline]
pub fn bounded(x: f32, min: f32, max: f32) -> f32 {
    if x > min { if x < max { x } else { max } } else { min }
}
