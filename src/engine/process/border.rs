//! The border between compartments and tissue: cells enter at door cells (vessels).
//!
//! With k the flow's rate (bent by rules that read the door's site), phi the share of sites that held a door when doors
//! were placed, C the pool's concentration: expected arrivals at a door site in a step = k dx^3 / phi C dt. The number
//! over all doors is drawn by inverting one uniform per pool (the sum of Poisson numbers is Poisson), and each arrival
//! picks its door in proportion: the same law as a draw per door, at the cost of the arrivals. A cell needs a free site
//! of its layer at or touching the door, else it stays in the pool, and the books count it as blocked; each arrival
//! debits w cells. Arrivals of all flows come in an order drawn for the step: who is late finds no room, or a pool that
//! can pay no more, whatever flow it takes.

use super::newborn;
use crate::engine::grid::Occupancy;
use crate::engine::planted::Bug;
use crate::engine::program::CHUNK;
use crate::engine::roster::Roster;
use crate::engine::signal::gather;
use crate::engine::{Cause, Context, Happening, State, View};
use crate::model::{CellTypeId, FlowId, FlowKind, FlowPlace, Pool};
use crate::par;
use crate::random::{Key, poisson_inverse, purposes};

/// Arrivals of one flow and pool in a step beyond which no more are drawn than the pool can pay for.
const CANDIDATES: u64 = 1 << 16;

/// A cell on its way through a door.
struct Arrival {
    /// Drawn place in the order of the step's arrivals.
    turn: u32,
    key: Key,
    flow: usize,
    pool: usize,
    kind: CellTypeId,
    door: u32,
}

pub fn enter(context: &Context, state: &mut State, occupancy: &mut [Occupancy], roster: &mut Roster) {
    let mut arrivals = Vec::new();
    for f in 0..context.setup.flows.len() {
        if context.setup.flows[f].kind == FlowKind::Enter {
            draw(context, state, occupancy, roster, f, &mut arrivals);
        }
    }
    arrivals.sort_unstable_by_key(|a| (a.turn, a.key, a.flow, a.pool, a.door));
    for arrival in arrivals {
        admit(context, state, occupancy, roster, &arrival);
    }
}

/// Draws how many cells come through the doors of a flow in this step, and through which.
fn draw(
    context: &Context,
    state: &State,
    occupancy: &[Occupancy],
    roster: &Roster,
    f: usize,
    arrivals: &mut Vec<Arrival>,
) {
    let (flow, plan) = (&context.setup.flows[f], &context.plan.flows[f]);
    let FlowPlace::Pool { compartment, .. } = flow.from else { return };
    // A pool that cannot pay for one cell sends none.
    let pays = |p: &usize| state.pools.amount[*p] >= state.weight;
    if !plan.sources.iter().any(pays) {
        return;
    }
    let doors = doors(context, state, occupancy, roster, f);
    let open = doors.last().map_or(0.0, |d| d.1);
    if open <= 0.0 {
        return;
    }
    let volume = context.setup.compartments[compartment.index()].volume;
    for ((p, source), kind) in plan.sources.iter().zip(&plan.purposes).zip(&plan.kinds) {
        let Some(kind) = *kind else { continue };
        if !pays(p) {
            continue;
        }
        let mean = open * state.pools.amount[*p] / volume * context.setup.clock.step;
        let all = Key::arrival(*source, state.step, u64::MAX);
        let u = context.streams.uniform(all, state.step, flow.purpose, 0);
        // The order decides who may pay, also against arrivals by other flows and when some find no room: all are drawn, up to
        // what the pool can pay for and a number that only doors can exceed that clear the whole blood in a step.
        let most = ((state.pools.amount[*p] / state.weight) as u64).max(CANDIDATES);
        for ordinal in 0..poisson_inverse(u, mean).min(most) {
            let key = Key::arrival(*source, state.step, ordinal);
            let u = context.streams.uniform(key, state.step, purposes::ARRIVAL_SITE, 0) * open;
            let door = doors.partition_point(|d| d.1 <= u).min(doors.len() - 1);
            // Keys alone stand in the same order in every run: whose source comes first in a step would be nobody's luck.
            let drawn = !context.plan.has(Bug::ArrivalOrderFixed);
            let turn =
                if drawn { context.streams.words(key, state.step, purposes::ARRIVAL_SITE, 2)[0] } else { 0 };
            arrivals.push(Arrival { turn, key, flow: f, pool: *p, kind, door: doors[door].0 });
        }
    }
}

/// Lets one cell in, if its pool can pay and there is room.
fn admit(
    context: &Context,
    state: &mut State,
    occupancy: &mut [Occupancy],
    roster: &mut Roster,
    arrival: &Arrival,
) {
    let Arrival { turn: _, key, flow, pool: p, kind, door } = *arrival;
    if state.pools.amount[p] < state.weight {
        return;
    }
    let cause = || Cause::Flow(FlowId(flow as u16));
    let layer = context.setup.cell_types[kind.index()].layer.index();
    let Some(site) = free_site(context, occupancy, layer, door, key, state.step) else {
        state.ledger.book(Happening::Blocked, kind, cause(), state.weight);
        return;
    };
    let Pool { origin, clone, .. } = state.pools.list[p];
    let cells = &mut state.layers[layer];
    let identity = (key, state.step);
    let mut cell = newborn::founder(context, cells, identity, kind, origin, Some(clone), &[]);
    cell.site = site;
    occupancy[layer].0[site as usize] = cells.len() as u32;
    cells.push(cell);
    roster.add_last(cells);
    if !context.plan.has(Bug::ArrivalUnpaid) {
        state.pools.amount[p] -= state.weight;
    }
    state.pools.turnover[flow][0] += state.weight;
    state.pools.turnover[flow][1] += state.weight;
    state.ledger.book(Happening::Arrival, kind, cause(), state.weight);
}

/// Door sites of a flow with the running sum of k dx^3 / phi over them, um^3/min.
fn doors(
    context: &Context,
    state: &State,
    occupancy: &[Occupancy],
    roster: &Roster,
    f: usize,
) -> Vec<(u32, f64)> {
    let Some(view) = View::new(context, state, occupancy, roster) else { return Vec::new() };
    let phi = state.door_share(context.setup, f);
    if phi <= 0.0 {
        return Vec::new();
    }
    let scale = view.grid.lattice.site_volume() / phi;
    let mut sum = 0.0f64;
    let mut out = Vec::new();
    for (site, k) in rates_at_doors(&view, f) {
        if k > 0.0 {
            sum += f64::from(k) * scale;
            out.push((site, sum));
        }
    }
    out
}

/// The rate of an enter or exchange flow at each of its doors: site and k, in order of door type and site.
pub fn rates_at_doors(view: &View, f: usize) -> Vec<(u32, f32)> {
    let Some(program) = &view.plan.flows[f].program else { return Vec::new() };
    let mut out = Vec::new();
    for via in &view.setup.flows[f].via {
        let layer = view.setup.cell_types[via.index()].layer.index();
        let sites = &view.state.layers[layer].site;
        let members = view.roster.live(*via);
        let rates = par::map_chunks(members.len(), CHUNK, |range| {
            let (mut columns, mut values) = (Vec::new(), Vec::new());
            let chunk = &members[range];
            gather(view, program, layer, chunk, &mut columns);
            program.run(true, chunk.len(), &columns, &mut values);
            let at = |(cell, k): (&u32, &f32)| (sites[*cell as usize], *k);
            chunk.iter().zip(&values[0]).map(at).collect::<Vec<_>>()
        });
        out.extend(rates.into_iter().flatten());
    }
    out
}

/// The door's own site if free, else a keyed choice among the free touching sites.
fn free_site(
    context: &Context,
    occupancy: &[Occupancy],
    layer: usize,
    door: u32,
    key: Key,
    step: u32,
) -> Option<u32> {
    if occupancy[layer].free(door as usize) {
        return Some(door);
    }
    let grid = context.plan.grid.as_ref()?;
    let mut free = [0u32; 26];
    let mut n = 0;
    grid.around(door as usize, |_, site| {
        if occupancy[layer].free(site) {
            free[n] = site as u32;
            n += 1;
        }
    });
    let word = context.streams.words(key, step, purposes::ARRIVAL_SITE, 1)[0];
    let chosen = (u64::from(word) * n as u64) >> 32;
    free[..n].get(chosen as usize).copied()
}
