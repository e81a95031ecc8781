//! Migration: several moves per step. The way of a move is `d = (1 - B) u + sum_S w_S m_S g_S`, with w_S the bias toward
//! substrate S, g_S the unit gradient at the cell's site, m_S = min(1, q/k) how clear it is, q = dx |grad c| / c the relative
//! difference over one site and k the `contrast`, B = min(1, sum |w_S| m_S), and u the last heading or a new one of the
//! lattice's directions. Without m cells would follow what a solver's error leaves of a uniform field.
//!
//! The move goes to one of the touching sites on either side of d, drawn so that it goes along d in the mean, of those that
//! are free; where none of these is, to the free site whose direction e is largest in d.e, ties by the same draw. A diagonal
//! move is made with probability dx / length, so that the speed has no direction.
//!
//! The nearest direction alone would not do: a bias below sin 22.5 / (1 + sin 22.5) = 0.28 would move nobody in a plane, and
//! a larger one only along multiples of 22.5 degrees.
//!
//! All cells of a layer propose their k-th move, conflicts are settled, then the k-th moves are made.

use super::decide::{Decisions, Movers, What};
use super::divide::Ground;
use crate::engine::grid::{EMPTY, Grid, MOST_DIRECTIONS, Occupancy};
use crate::engine::planted::Bug;
use crate::engine::{Context, NO_HEADING, State};
use crate::par;
use crate::random::{Key, purposes};

struct Proposal {
    mover: u32,
    to: u32,
    heading: u8,
    priority: u64,
}

/// Makes all moves of a layer. `claims` is scratch with one `u64::MAX` per site, and is left so; cells that moved are
/// added to `moved`.
pub fn travel(context: &Context, grid: &Grid, ground: &mut Ground, decisions: &Decisions, layer: usize) {
    let movers = &decisions.movers;
    let rounds = movers.moves.iter().copied().max().unwrap_or(0);
    // Cells that leave, divide or die in this step stay where they are.
    let mut moving: Vec<u32> = (0..movers.cell.len() as u32)
        .filter(|m| decisions.fates[movers.cell[*m as usize] as usize].what == What::Nothing)
        .collect();
    for round in 0..rounds {
        moving.retain(|m| movers.moves[*m as usize] > round);
        let (state, occupancy) = (&*ground.state, &*ground.occupancy);
        let proposals = par::map_chunks(moving.len(), 512, |range| {
            propose_all(context, grid, state, occupancy, movers, layer, &moving[range], round)
        });
        for p in proposals.iter().flatten() {
            let holder = &mut ground.claims[p.to as usize];
            if p.priority < *holder {
                *holder = p.priority;
            }
        }
        let cells = &mut ground.state.layers[layer];
        for p in proposals.iter().flatten() {
            if ground.claims[p.to as usize] == p.priority || context.plan.has(Bug::SiteTakenTwice) {
                let cell = movers.cell[p.mover as usize];
                ground.occupancy.0[cells.site[cell as usize] as usize] = EMPTY;
                ground.occupancy.0[p.to as usize] = cell;
                cells.site[cell as usize] = p.to;
                cells.heading[cell as usize] = p.heading;
                ground.moved.push(cell);
            }
        }
        for p in proposals.iter().flatten() {
            ground.claims[p.to as usize] = u64::MAX;
        }
    }
}

/// Cells that propose together.
const BLOCK: usize = 256;

#[expect(clippy::too_many_arguments, reason = "a frozen world and some cells in it")]
fn propose_all(
    context: &Context,
    grid: &Grid,
    state: &State,
    occupancy: &Occupancy,
    movers: &Movers,
    layer: usize,
    moving: &[u32],
    round: u16,
) -> Vec<Proposal> {
    let cells = &state.layers[layer];
    let (mut keys, mut words) = ([Key(0); BLOCK], [[0u32; 4]; BLOCK]);
    let mut out = Vec::with_capacity(moving.len());
    for moving in moving.chunks(BLOCK) {
        for (key, mover) in keys.iter_mut().zip(moving) {
            let own = cells.key[movers.cell[*mover as usize] as usize];
            // 256 moves share a key; further ones take another.
            *key = if round < 256 { own } else { Key::pair(own, Key(u64::from(round >> 8))) };
        }
        let n = moving.len();
        let (step, sub) = (state.step, round as u8);
        context.streams.word_columns(&keys[..n], step, purposes::MOVE_HEADING, sub, &mut words[..n]);
        let one = |(mover, words): (&u32, &[u32; 4])| {
            propose(context, grid, state, occupancy, movers, layer, *mover, *words)
        };
        out.extend(moving.iter().zip(&words).filter_map(one));
    }
    out
}

#[expect(clippy::too_many_arguments, reason = "a frozen world and a cell in it")]
fn propose(
    context: &Context,
    grid: &Grid,
    state: &State,
    occupancy: &Occupancy,
    movers: &Movers,
    layer: usize,
    mover: u32,
    words: [u32; 4],
) -> Option<Proposal> {
    let cells = &state.layers[layer];
    let cell = movers.cell[mover as usize] as usize;
    let site = cells.site[cell] as usize;
    // One bit per direction whose site is free.
    let mut free = 0u32;
    grid.around(site, |direction, next| free |= u32::from(occupancy.free(next)) << direction);
    if free == 0 {
        return None;
    }
    let heading = (cells.heading[cell] != NO_HEADING).then_some(cells.heading[cell]);
    let (pull, chance) = pull(grid, state, movers, mover as usize, heading, site, words);
    let beside = grid.beside(pull).map(|(direction, weight)| {
        if weight > 0.0 && free >> direction & 1 == 1 { (direction, weight) } else { (direction, 0.0) }
    });
    let direction = match drawn(beside, words[2]) {
        Some(direction) => direction,
        None => nearest(grid, free, pull, words[2]),
    };
    // A move along a diagonal is longer: it is made with probability dx / length, so that the speed has no direction.
    if chance >= grid.shorter[direction] && !context.plan.has(Bug::DiagonalsFree) {
        return None;
    }
    let priority = u64::from(words[3]) << 32 | site as u64;
    Some(Proposal { mover, to: grid.neighbor(site, direction)? as u32, heading: direction as u8, priority })
}

/// One of the directions by weight; none where all weights are 0.
fn drawn(directions: [(u8, f32); 3], word: u32) -> Option<usize> {
    let total = directions[0].1 + directions[1].1 + directions[2].1;
    let mut rest = (word >> 8) as f32 / 16_777_216.0 * total;
    let mut last = None;
    for (direction, weight) in directions.into_iter().filter(|d| d.1 > 0.0) {
        last = Some(usize::from(direction));
        rest -= weight;
        if rest < 0.0 {
            break;
        }
    }
    last
}

/// The free direction closest to `pull`; of equally close ones each is equally likely.
fn nearest(grid: &Grid, free: u32, pull: [f32; 3], word: u32) -> usize {
    let mut scores = [f32::NEG_INFINITY; MOST_DIRECTIONS];
    let mut best = f32::NEG_INFINITY;
    for (direction, score) in scores[..grid.directions.len()].iter_mut().enumerate() {
        let [x, y, z] = &grid.units;
        let along = pull[0] * x[direction] + pull[1] * y[direction] + pull[2] * z[direction];
        *score = if free >> direction & 1 == 1 { along } else { f32::NEG_INFINITY };
        best = if *score > best { *score } else { best };
    }
    let mut equal = 0u32;
    for (direction, score) in scores[..grid.directions.len()].iter().enumerate() {
        equal |= u32::from(*score == best) << direction;
    }
    let mut chosen = (u64::from(word) * u64::from(equal.count_ones())) >> 32;
    while chosen > 0 {
        equal &= equal - 1;
        chosen -= 1;
    }
    equal.trailing_zeros() as usize
}

/// Where the cell wants to go: heading and gradients, weighted; and a uniform that the heading left over.
fn pull(
    grid: &Grid,
    state: &State,
    movers: &Movers,
    mover: usize,
    last: Option<u8>,
    site: usize,
    words: [u32; 4],
) -> ([f32; 3], f32) {
    let drawn = u64::from(words[1]) * grid.directions.len() as u64;
    let chance = (drawn as u32 >> 8) as f32 / 16_777_216.0;
    let kept = last.filter(|_| (words[0] as f32) < movers.keep[mover] * 4_294_967_296.0);
    let heading = kept.map_or((drawn >> 32) as usize, usize::from);
    let spacing = grid.lattice.spacing as f32;
    let mut pull = [0.0f32; 3];
    let mut total = 0.0f32;
    for (substrate, weights) in &movers.toward {
        let w = weights[mover];
        let Some(field) = state.field(*substrate).filter(|_| w != 0.0) else { continue };
        let g = grid.gradient(field, site);
        let norm = (g[0] * g[0] + g[1] * g[1] + g[2] * g[2]).sqrt();
        if norm > 0.0 {
            let clear = norm * spacing / (movers.contrast[mover] * field[site]);
            // No contrast asked for, or nothing at the site itself: infinitely clear.
            let w = if clear < 1.0 { w * clear } else { w };
            for (p, g) in pull.iter_mut().zip(g) {
                *p += w / norm * g;
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
