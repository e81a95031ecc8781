//! Migration: several moves per step, each to the free touching site whose direction e is largest in
//! `(1 - B) u.e + sum_S w_S g_S.e`, with w_S the bias toward substrate S, g_S its unit gradient at the cell's site,
//! B = min(1, sum |w_S|), and u the last heading or a new one. Ties by a keyed draw; a
//! diagonal move is made with probability dx / length, so that the speed has no direction.
//!
//! All cells of a layer propose their k-th move, conflicts are settled, then the k-th moves are made.

use super::decide::{Decisions, What};
use crate::engine::grid::{EMPTY, Grid, Occupancy};
use crate::engine::{Cells, Context, NO_HEADING, State};
use crate::model::SubstrateId;
use crate::par;
use crate::random::purposes;

struct Proposal {
    cell: u32,
    to: u32,
    heading: u8,
    priority: u64,
}

/// Makes all moves of a layer. `claims` is scratch with one `u64::MAX` per site, and is left so.
pub fn travel(
    context: &Context,
    grid: &Grid,
    state: &mut State,
    occupancy: &mut Occupancy,
    decisions: &Decisions,
    layer: usize,
    claims: &mut [u64],
) {
    let rounds = decisions.moves.iter().copied().max().unwrap_or(0);
    // Cells that leave, divide or die in this step stay where they are.
    let mut movers: Vec<u32> = (0..decisions.moves.len() as u32)
        .filter(|c| decisions.moves[*c as usize] > 0)
        .filter(|c| matches!(decisions.fates[*c as usize].what, What::Nothing))
        .collect();
    for round in 0..rounds {
        movers.retain(|c| decisions.moves[*c as usize] > round);
        let proposals = par::map_chunks(movers.len(), 512, |range| {
            movers[range]
                .iter()
                .filter_map(|c| propose(context, grid, state, occupancy, decisions, layer, *c, round))
                .collect::<Vec<_>>()
        });
        for p in proposals.iter().flatten() {
            let holder = &mut claims[p.to as usize];
            if p.priority < *holder {
                *holder = p.priority;
            }
        }
        let cells = &mut state.layers[layer];
        for p in proposals.iter().flatten() {
            if claims[p.to as usize] == p.priority {
                let cell = p.cell as usize;
                occupancy.0[cells.site[cell] as usize] = EMPTY;
                occupancy.0[p.to as usize] = p.cell;
                cells.site[cell] = p.to;
                cells.heading[cell] = p.heading;
            }
        }
        for p in proposals.iter().flatten() {
            claims[p.to as usize] = u64::MAX;
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a frozen world and one cell in it")]
fn propose(
    context: &Context,
    grid: &Grid,
    state: &State,
    occupancy: &Occupancy,
    decisions: &Decisions,
    layer: usize,
    cell: u32,
    round: u16,
) -> Option<Proposal> {
    let cells = &state.layers[layer];
    let at = cell as usize;
    let site = cells.site[at] as usize;
    let mut free = [0u8; 26];
    let mut targets = [0u32; 26];
    let mut n = 0;
    grid.around(site, |direction, next| {
        if occupancy.free(next) {
            free[n] = direction as u8;
            targets[n] = next as u32;
            n += 1;
        }
    });
    if n == 0 {
        return None;
    }
    let sub = (round % 256) as u8;
    let words = context.streams.words(cells.key[at], state.step, purposes::MOVE_HEADING, sub);
    let (pull, chance) = pull(grid, state, cells, decisions, at, site, words);
    let mut best = (f32::NEG_INFINITY, 0usize);
    let mut ties = 0u32;
    for (i, direction) in free[..n].iter().enumerate() {
        let e = grid.directions[usize::from(*direction)].unit;
        let score = pull[0] * e[0] + pull[1] * e[1] + pull[2] * e[2];
        if score > best.0 {
            best = (score, i);
            ties = 1;
        } else if score == best.0 {
            // The k-th of equals replaces the choice with probability 1/k: every one is equally likely.
            ties += 1;
            if words[2].rotate_left(7 * ties).is_multiple_of(ties) {
                best.1 = i;
            }
        }
    }
    // A move along a diagonal is longer: it is made with probability dx / length, so that the speed has no direction.
    if chance >= grid.shorter[usize::from(free[best.1])] {
        return None;
    }
    let priority = u64::from(words[3]) << 32 | site as u64;
    Some(Proposal { cell, to: targets[best.1], heading: free[best.1], priority })
}

/// Where the cell wants to go: heading and gradients, weighted; and a uniform that the heading left over.
fn pull(
    grid: &Grid,
    state: &State,
    cells: &Cells,
    decisions: &Decisions,
    cell: usize,
    site: usize,
    words: [u32; 4],
) -> ([f32; 3], f32) {
    let drawn = u64::from(words[1]) * grid.directions.len() as u64;
    let chance = (drawn as u32 >> 8) as f32 / 16_777_216.0;
    let kept =
        cells.heading[cell] != NO_HEADING && (words[0] as f32) < decisions.keep[cell] * 4_294_967_296.0;
    let heading = if kept { usize::from(cells.heading[cell]) } else { (drawn >> 32) as usize };
    let mut pull = [0.0f32; 3];
    let mut total = 0.0f32;
    for (substrate, weights) in &decisions.toward {
        let w = weights[cell];
        if w != 0.0 {
            let g = unit_gradient(grid, state, *substrate, site);
            for (p, g) in pull.iter_mut().zip(g) {
                *p += w * g;
            }
            total += w.abs();
        }
    }
    let rest = if total < 1.0 { 1.0 - total } else { 0.0 };
    for (p, u) in pull.iter_mut().zip(grid.directions[heading].unit) {
        *p += rest * u;
    }
    (pull, chance)
}

fn unit_gradient(grid: &Grid, state: &State, substrate: SubstrateId, site: usize) -> [f32; 3] {
    let Some(field) = state.field(substrate) else { return [0.0; 3] };
    let g = grid.gradient(field, site);
    let norm = (g[0] * g[0] + g[1] * g[1] + g[2] * g[2]).sqrt();
    if norm > 0.0 { g.map(|v| v / norm) } else { [0.0; 3] }
}
