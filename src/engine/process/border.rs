//! The border between compartments and tissue: cells enter at door cells (vessels).
//!
//! With k the flow's rate (bent by rules that read the door's site), phi the share of sites that held a door when doors
//! were placed, C the pool's concentration: expected arrivals at a door site in a step = k dx^3 / phi C dt. The number
//! over all doors is drawn by inverting one uniform per pool (the sum of Poisson numbers is Poisson), and each arrival
//! picks its door in proportion: the same law as a draw per door, at the cost of the arrivals. A cell needs a free site
//! of its layer at or touching the door, else it stays in the pool; each arrival debits w cells.

use super::newborn;
use super::pools::{counterpart, sources};
use crate::engine::grid::Occupancy;
use crate::engine::program::CHUNK;
use crate::engine::signal::gather;
use crate::engine::{Cause, Context, Happening, State, View};
use crate::model::{FlowId, FlowKind, FlowPlace, Species};
use crate::par;
use crate::random::{Key, Purpose, poisson_inverse, purposes};

pub fn enter(context: &Context, state: &mut State, occupancy: &mut [Occupancy]) {
    for f in 0..context.setup.flows.len() {
        let flow = &context.setup.flows[f];
        if flow.kind != FlowKind::Enter {
            continue;
        }
        let FlowPlace::Pool { compartment, .. } = flow.from else { continue };
        let filled: Vec<usize> =
            sources(state, flow).into_iter().filter(|p| state.pools.amount[*p] > 0.0).collect();
        if filled.is_empty() {
            continue;
        }
        let doors = doors(context, state, occupancy, f);
        let open = doors.last().map_or(0.0, |d| d.1);
        if open <= 0.0 {
            continue;
        }
        let volume = context.setup.compartments[compartment.index()].volume;
        for p in filled {
            let pool = state.pools.list[p];
            let Some(Species::Cell(kind)) = counterpart(&flow.from, &flow.to, pool.species) else { continue };
            let mean = open * state.pools.amount[p] / volume * context.setup.clock.step;
            let source = Purpose::of(&format!("{}.{}.{}", flow.id, pool.origin.0, pool.clone));
            let u = context.streams.uniform(
                Key::arrival(source, state.step, u64::MAX),
                state.step,
                flow.purpose,
                0,
            );
            let count = poisson_inverse(u, mean);
            for ordinal in 0..count {
                if state.pools.amount[p] < state.weight {
                    break;
                }
                let key = Key::arrival(source, state.step, ordinal);
                let u = context.streams.uniform(key, state.step, purposes::ARRIVAL_SITE, 0) * open;
                let door = doors.partition_point(|d| d.1 <= u);
                let layer = context.setup.cell_types[kind.index()].layer.index();
                let Some(site) =
                    free_site(context, occupancy, layer, doors[door.min(doors.len() - 1)].0, key, state.step)
                else {
                    continue;
                };
                let cells = &mut state.layers[layer];
                let clone = (context.setup.clones(kind) > 1).then_some(pool.clone);
                let mut cell = newborn::founder(
                    context,
                    cells,
                    (key, state.step),
                    kind,
                    pool.origin,
                    clone.or(Some(0)),
                    &[],
                );
                cell.site = site;
                occupancy[layer].0[site as usize] = cells.len() as u32;
                cells.push(cell);
                state.pools.amount[p] -= state.weight;
                state.pools.turnover[f][0] += state.weight;
                state.pools.turnover[f][1] += state.weight;
                state.ledger.book(Happening::Arrival, kind, Cause::Flow(FlowId(f as u16)), state.weight);
            }
        }
    }
}

/// Door sites of a flow with the running sum of k dx^3 / phi over them, um^3/min.
fn doors(context: &Context, state: &State, occupancy: &[Occupancy], f: usize) -> Vec<(u32, f64)> {
    let (Some(view), Some(program)) = (View::new(context, state, occupancy), &context.plan.doors[f]) else {
        return Vec::new();
    };
    let volume = view.grid.lattice.site_volume();
    let mut out: Vec<(u32, f64)> = Vec::new();
    let mut sum = 0.0f64;
    for via in &context.setup.flows[f].via {
        let phi = state.door_share[via.index()];
        if phi <= 0.0 {
            continue;
        }
        let layer = context.setup.cell_types[via.index()].layer.index();
        let cells = &state.layers[layer];
        let members: Vec<u32> = (0..cells.len())
            .filter(|c| cells.kind[*c] == *via && cells.alive(*c))
            .map(|c| c as u32)
            .collect();
        let rates = par::map_chunks(members.len(), CHUNK, |range| {
            let (mut columns, mut values) = (Vec::new(), Vec::new());
            let chunk = &members[range];
            gather(&view, program, layer, chunk, &mut columns);
            program.run(true, chunk.len(), &columns, &mut values);
            values[0][..chunk.len()].to_vec()
        });
        for (cell, k) in members.iter().zip(rates.into_iter().flatten()) {
            if k > 0.0 {
                sum += f64::from(k) * volume / phi;
                out.push((cells.site[*cell as usize], sum));
            }
        }
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
    let mut free = Vec::new();
    grid.around(door as usize, |_, site| {
        if occupancy[layer].free(site) {
            free.push(site as u32);
        }
    });
    if free.is_empty() {
        return None;
    }
    let word = context.streams.words(key, step, purposes::ARRIVAL_SITE, 1)[0];
    Some(free[((u64::from(word) * free.len() as u64) >> 32) as usize])
}
