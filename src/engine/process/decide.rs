//! Sense and decide: laws are evaluated on the frozen state, chance events race, nothing is changed yet.
//!
//! Events that exclude each other for one cell (divide, die, convert, leave) race: each has its own keyed uniform u and
//! the time -ln(1 - u)/b; the earliest acts if it lies within the step. That is the exact competing-risk law, and
//! switching one off leaves the draws of the others as they were.

use crate::engine::plan::{Act, DynamicsPlan, TypePlan};
use crate::engine::planted::Bug;
use crate::engine::program::{CHUNK, Column};
use crate::engine::signal::gather;
use crate::engine::{Cells, View};
use crate::math;
use crate::model::{CellTypeId, SubstrateId};
use crate::par;
use crate::random::{Key, purposes, time_of_first};

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

    /// Whether the cell no longer acts as what it was after the fate's time.
    pub fn ends(&self) -> bool {
        !matches!(self.what, What::Nothing | What::Act(Act::Divide))
    }
}

/// Cells of a layer that will move, as columns.
#[derive(Clone, Debug, Default)]
pub struct Movers {
    pub cell: Vec<u32>,
    /// Moves in this step.
    pub moves: Vec<u16>,
    /// Probability of keeping the heading in a move.
    pub keep: Vec<f32>,
    /// Bias toward substrates: one column per substrate that some type of the layer follows.
    pub toward: Vec<(SubstrateId, Vec<f32>)>,
    /// Relative difference over one site that a mover follows in full.
    pub contrast: Vec<f32>,
}

/// New values of the traits that change by themselves, for a run of cells of one type.
#[derive(Clone, Debug)]
pub struct Dynamics {
    pub kind: CellTypeId,
    /// Position of the first cell in the roster's list of its type.
    pub first: usize,
    /// One column per entry of the type's `dynamics`.
    pub values: Vec<Vec<f32>>,
}

/// Decisions of all cells of one layer.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// By cell, in storage order.
    pub fates: Vec<Fate>,
    pub movers: Movers,
    pub dynamics: Vec<Dynamics>,
}

/// What is decided for up to `CHUNK` cells of one type.
#[derive(Default)]
struct Part {
    fates: Vec<(u32, Fate)>,
    movers: Movers,
    dynamics: Option<Dynamics>,
}

/// Decides for every cell of a layer. `fates` is scratch of any content.
pub fn decide(view: &View, layer: usize, mut fates: Vec<Fate>) -> Decisions {
    let cells = &view.state.layers[layer];
    fates.clear();
    fates.resize(cells.len(), Fate::NONE);
    let followed = followed(view, layer);
    let columns = || followed.iter().map(|s| (*s, Vec::new())).collect();
    let mut all =
        Decisions { fates, movers: Movers { toward: columns(), ..Movers::default() }, dynamics: Vec::new() };
    for kind in &view.plan.in_layer[layer] {
        let plan = &view.plan.types[kind.index()];
        for cell in view.roster.dead(*kind) {
            if view.state.step + 1 - cells.death[*cell as usize]
                >= plan.remains + u32::from(view.plan.has(Bug::RemainsLonger))
            {
                all.fates[*cell as usize] = Fate { time: 0.0, what: What::Dissolve };
            }
        }
        if plan.decide.is_empty() {
            continue;
        }
        let members = view.roster.live(*kind);
        let parts = par::map_chunks(members.len(), CHUNK, |range| {
            let mut part =
                Part { movers: Movers { toward: columns(), ..Movers::default() }, ..Part::default() };
            decide_chunk(view, *kind, &members[range.clone()], range.start, &mut part);
            part
        });
        for part in parts {
            for (cell, fate) in part.fates {
                all.fates[cell as usize] = fate;
            }
            all.movers.append(part.movers);
            all.dynamics.extend(part.dynamics);
        }
    }
    all
}

/// Substrates that some type of the layer follows.
fn followed(view: &View, layer: usize) -> Vec<SubstrateId> {
    let mut out: Vec<SubstrateId> = view.plan.in_layer[layer]
        .iter()
        .filter_map(|t| view.plan.types[t.index()].movement.as_ref())
        .flat_map(|m| m.toward.iter().map(|(s, _)| *s))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

impl Movers {
    fn append(&mut self, other: Movers) {
        self.cell.extend(other.cell);
        self.moves.extend(other.moves);
        self.keep.extend(other.keep);
        self.contrast.extend(other.contrast);
        for ((_, all), (_, part)) in self.toward.iter_mut().zip(other.toward) {
            all.extend(part);
        }
    }
}

fn decide_chunk(view: &View, kind: CellTypeId, members: &[u32], first: usize, out: &mut Part) {
    let plan = &view.plan.types[kind.index()];
    let layer = view.setup.cell_types[kind.index()].layer.index();
    let cells = &view.state.layers[layer];
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    gather(view, &plan.decide, layer, members, &mut columns);
    plan.decide.run(true, members.len(), &columns, &mut values);
    let mut keys = [Key(0); CHUNK];
    for (key, cell) in keys.iter_mut().zip(members) {
        *key = cells.key[*cell as usize];
    }
    let keys = &keys[..members.len()];
    race(view, plan, cells, members, keys, &values, &mut out.fates);
    travel(view, plan, members, keys, &values, &mut out.movers);
    if !plan.dynamics.is_empty() {
        let dt = view.setup.clock.step as f32;
        let euler = view.plan.has(Bug::DynamicsEuler);
        let values = plan.dynamics.iter().map(|d| dynamics(dt, d, cells, members, &values, euler)).collect();
        out.dynamics = Some(Dynamics { kind, first, values });
    }
}

/// The earliest event of each cell that lies within the step.
fn race(
    view: &View,
    plan: &TypePlan,
    cells: &Cells,
    members: &[u32],
    keys: &[Key],
    values: &[Column],
    out: &mut Vec<(u32, Fate)>,
) {
    let n = members.len();
    let dt = view.setup.clock.step;
    let mut fates = [Fate::NONE; CHUNK];
    let mut uniforms = [0.0f64; CHUNK];
    let mut any = false;
    for hazard in &plan.hazards {
        let rates = &values[hazard.output][..n];
        if rates.iter().all(|r| *r <= 0.0) {
            continue;
        }
        let purpose = if view.plan.has(Bug::SharedStream) { purposes::MOVE_FRACTION } else { hazard.purpose };
        view.streams.uniforms(keys, view.state.step, purpose, &mut uniforms[..n]);
        for i in 0..n {
            let slip = if view.plan.has(Bug::HazardRate) { 1.05 } else { 1.0 };
            let rate = f64::from(rates[i]) * dt * slip;
            // -ln(1 - u) >= u: most end here, without a logarithm.
            if uniforms[i] > rate || hazard.origin.is_some_and(|o| cells.origin[members[i] as usize] != o) {
                continue;
            }
            let linear = || (uniforms[i] < rate).then(|| uniforms[i] / rate);
            let time =
                if view.plan.has(Bug::HazardLinear) { linear() } else { time_of_first(uniforms[i], rate) };
            if view.plan.has(Bug::FirstListed) && fates[i].what != What::Nothing {
                continue;
            }
            if let Some(time) = time
                && (time as f32) < fates[i].time
            {
                fates[i] = Fate { time: time as f32, what: What::Act(hazard.act) };
                any = true;
            }
        }
    }
    if any {
        let decided = members.iter().zip(&fates).filter(|(_, f)| f.what != What::Nothing);
        out.extend(decided.map(|(cell, fate)| (*cell, *fate)));
    }
}

/// v dt / dx moves, the fraction by a draw; the heading is kept with probability exp(-dx / (v persistence)).
fn travel(view: &View, plan: &TypePlan, members: &[u32], keys: &[Key], values: &[Column], out: &mut Movers) {
    let Some(movement) = &plan.movement else { return };
    let n = members.len();
    let speeds = &values[movement.speed][..n];
    if speeds.iter().all(|v| *v <= 0.0) {
        return;
    }
    let dx = view.grid.lattice.spacing;
    let per_speed = view.setup.clock.step / dx;
    let mut uniforms = [0.0f64; CHUNK];
    view.streams.uniforms(keys, view.state.step, purposes::MOVE_FRACTION, &mut uniforms[..n]);
    for (i, cell) in members.iter().enumerate() {
        let speed = f64::from(speeds[i]);
        let moves = if speed > 0.0 { speed * per_speed } else { 0.0 };
        let whole = moves.floor();
        let part = uniforms[i] < moves - whole && !view.plan.has(Bug::MovesRoundedDown);
        let count = (whole + f64::from(u8::from(part))) as u16;
        if count == 0 {
            continue;
        }
        out.cell.push(*cell);
        out.moves.push(count);
        let persistence = f64::from(values[movement.persistence][i]);
        let kept = persistence > 0.0 && !view.plan.has(Bug::PersistenceIgnored);
        out.keep.push(if kept { math::exp(-dx / (speed * persistence)) as f32 } else { 0.0 });
        out.contrast.push(if view.plan.has(Bug::ContrastIgnored) { 1e-30 } else { movement.contrast });
        for (s, column) in &mut out.toward {
            let follows = movement.toward.iter().find(|(t, _)| t == s);
            column.push(follows.map_or(0.0, |(_, output)| values[*output][i]));
        }
    }
}

/// dx/dt = g - l x over the step, exactly; then kept within \[min, max\].
fn dynamics(
    dt: f32,
    d: &DynamicsPlan,
    cells: &Cells,
    members: &[u32],
    values: &[Column],
    euler: bool,
) -> Vec<f32> {
    let (gain, loss) = (&values[d.gain], &values[d.loss]);
    let now = &cells.traits[d.column];
    let next = |(i, cell): (usize, &u32)| {
        let x = now[*cell as usize];
        let exact = relax(x, gain[i], loss[i], dt);
        bounded(if euler { x + (gain[i] - loss[i] * x) * dt } else { exact }, d.min, d.max)
    };
    members.iter().enumerate().map(next).collect()
}

/// The exact solution of dx/dt = g - l x after time t: `x e^(-l t) + g t (1 - e^(-l t)) / (l t)`.
#[inline(always)]
pub fn relax(x: f32, gain: f32, loss: f32, t: f32) -> f32 {
    let z = loss * t;
    let kept = math::exp32(-z);
    // (1 - e^-z) / z, by its series where the difference would cancel.
    let mean = if z < 0.02 { 1.0 - z * (0.5 - z * (1.0 / 6.0 - z / 24.0)) } else { (1.0 - kept) / z };
    x * kept + gain * t * mean
}

/// Kept within bounds; what is too small to matter becomes zero, so that no subnormal and no -0 is stored.
#[inline(always)]
pub fn bounded(x: f32, min: f32, max: f32) -> f32 {
    let x = if x > min { if x < max { x } else { max } } else { min };
    if x < 1e-30 && x > -1e-30 { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the closed form in double precision, over twelve orders of magnitude of the loss.
    #[test]
    fn traits_relax_exactly_at_any_loss() {
        for loss in [0.0f32, 1e-12, 1e-9, 7e-8, 1e-6, 1e-4, 6e-4, 7e-4, 1e-2, 0.5, 3.0] {
            for (x, gain) in [(0.0f32, 1e-4f32), (0.7, 0.0), (1.0, 1e-3), (0.3, -2e-4)] {
                let t = 30.0f32;
                let (l, g, x0, time) = (f64::from(loss), f64::from(gain), f64::from(x), f64::from(t));
                let part = if l > 0.0 { -math::expm1(-l * time) / l } else { time };
                let exact = x0 * math::exp(-l * time) + g * part;
                let got = f64::from(relax(x, gain, loss, t));
                let scale = math::abs(x0) + math::abs(g * part);
                assert!(math::abs(got - exact) < 1e-6 * scale, "{loss} {x} {gain}: {got} {exact}");
            }
        }
    }

    #[test]
    fn bounds_hold_and_store_no_small_or_negative_zero() {
        assert_eq!(bounded(2.0, 0.0, 1.0), 1.0);
        assert_eq!(bounded(-2.0, 0.0, 1.0), 0.0);
        assert_eq!(bounded(-0.0, -1.0, 1.0).to_bits(), 0);
        assert_eq!(bounded(1e-35, 0.0, 1.0).to_bits(), 0);
        assert_eq!(bounded(-0.5, -1.0, 1.0), -0.5);
    }
}
