//! Division: a dividing cell needs a free touching site of its layer, or one reached by shifting cells in line.
//!
//! A proposal claims its mother's site and every site of its path under one keyed priority and happens only if it holds
//! the smallest on all of them. Losers propose again on the changed lattice, so that only a lack of room (which is
//! counted) and never the length of the step keeps a cell from dividing.

use super::decide::{Decisions, What};
use super::newborn;
use crate::engine::grid::{EMPTY, Grid, Occupancy};
use crate::engine::plan::Act;
use crate::engine::planted::Bug;
use crate::engine::{Cause, Cells, Context, Happening, State};
use crate::par;
use crate::random::{Key, purposes};

struct Proposal {
    mother: u32,
    priority: u64,
    /// From the daughter's site to the free one.
    path: Vec<u32>,
}

/// What of the world a division changes.
pub struct Ground<'a> {
    pub state: &'a mut State,
    pub occupancy: &'a mut Occupancy,
    /// Scratch with one `u64::MAX` per site; left so.
    pub claims: &'a mut [u64],
    /// Cells that have been shifted are added.
    pub moved: &'a mut Vec<u32>,
}

/// Lets every cell of a layer divide whose fate it is.
pub fn divide(context: &Context, grid: &Grid, ground: &mut Ground, decisions: &Decisions, layer: usize) {
    let mut mothers: Vec<u32> = (0..decisions.fates.len() as u32)
        .filter(|c| decisions.fates[*c as usize].what == What::Act(Act::Divide))
        .collect();
    // Losers of a round propose again: in each round at least one mother divides or finds no room, so this ends.
    for round in 0u32.. {
        if mothers.is_empty() {
            break;
        }
        mothers = self::round(context, grid, ground, layer, &mothers, round);
    }
}

/// One round of proposals, claims and divisions. Returns the losers.
fn round(
    context: &Context,
    grid: &Grid,
    ground: &mut Ground,
    layer: usize,
    mothers: &[u32],
    round: u32,
) -> Vec<u32> {
    let step = ground.state.step;
    let proposals = propose(context, grid, ground, layer, mothers, round);
    let cells = &ground.state.layers[layer];
    for proposal in &proposals {
        for site in proposal.sites(cells) {
            let holder = &mut ground.claims[site];
            if proposal.priority < *holder {
                *holder = proposal.priority;
            }
        }
    }
    let (winners, losers): (Vec<_>, Vec<_>) =
        proposals.into_iter().partition(|p| p.sites(cells).all(|site| ground.claims[site] == p.priority));
    for proposal in winners.iter().chain(&losers) {
        proposal.sites(cells).for_each(|site| ground.claims[site] = u64::MAX);
    }
    for Proposal { mother, path, .. } in winners {
        let cells = &mut ground.state.layers[layer];
        for pair in path.windows(2).rev() {
            let (near, far) = (pair[0] as usize, pair[1] as usize);
            let shifted = ground.occupancy.0[near];
            ground.occupancy.0[far] = shifted;
            ground.occupancy.0[near] = EMPTY;
            cells.site[shifted as usize] = pair[1];
            ground.moved.push(shifted);
        }
        let kind = cells.kind[mother as usize];
        let mut second = newborn::daughters(context, cells, mother as usize, step);
        second.site = path[0];
        if context.plan.has(Bug::DaughterKeepsKey) {
            second.key = cells.key[mother as usize];
        }
        ground.occupancy.0[path[0] as usize] = cells.len() as u32;
        cells.push(second);
        let weight = if context.plan.has(Bug::WeightIgnored) { 1.0 } else { ground.state.weight };
        ground.state.ledger.book(Happening::Birth, kind, Cause::Division, weight);
    }
    if context.plan.has(Bug::LosersGiveUp) {
        return Vec::new();
    }
    losers.into_iter().map(|p| p.mother).collect()
}

impl Proposal {
    /// Sites that it claims: its path and its mother's own.
    fn sites<'a>(&'a self, cells: &'a Cells) -> impl Iterator<Item = usize> + 'a {
        let own = cells.site[self.mother as usize];
        self.path.iter().copied().chain([own]).map(|site| site as usize)
    }
}

/// The ways that mothers find; those who find none are booked as blocked.
fn propose(
    context: &Context,
    grid: &Grid,
    ground: &mut Ground,
    layer: usize,
    mothers: &[u32],
    round: u32,
) -> Vec<Proposal> {
    let state = &mut *ground.state;
    let (cells, step) = (&state.layers[layer], state.step);
    let occupancy = &*ground.occupancy;
    let found = par::map_chunks(mothers.len(), 256, |range| {
        mothers[range]
            .iter()
            .map(|mother| {
                let cell = *mother as usize;
                let push = context.setup.cell_types[cells.kind[cell].index()].push;
                let drawn =
                    || context.streams.words(cells.key[cell], step, purposes::DIVIDE_DIRECTION, round as u8);
                let words = || if context.plan.has(Bug::DirectionBiased) { [0; 4] } else { drawn() };
                room(grid, occupancy, cells.site[cell] as usize, push, words)
            })
            .collect::<Vec<_>>()
    });
    let mut proposals = Vec::new();
    for (mother, path) in mothers.iter().zip(found.into_iter().flatten()) {
        let cell = *mother as usize;
        if let Some(path) = path {
            let word = context.streams.words(cells.key[cell], step, purposes::DIVIDE_PRIORITY, 0)[0];
            let priority = u64::from(word) << 32 | u64::from(cells.site[cell]);
            proposals.push(Proposal { mother: *mother, priority, path });
        } else {
            state.ledger.book(Happening::Blocked, cells.kind[cell], Cause::Blocked, state.weight);
        }
    }
    proposals
}

/// The daughter's way: a free touching site, or the shortest line (by distance) of at most `push` cells to a free site;
/// ties by a keyed draw. None: no room.
fn room(
    grid: &Grid,
    occupancy: &Occupancy,
    site: usize,
    push: u32,
    words: impl Fn() -> [u32; 4],
) -> Option<Vec<u32>> {
    let mut best: Option<(f32, usize, usize)> = None;
    // Distinct keyed ranks of the directions, drawn only where there is a choice.
    let mut ranks = None;
    for direction in 0..grid.directions.len() {
        let Some(length) = line(grid, occupancy, site, direction, push) else { continue };
        let distance = length as f32 / grid.shorter[direction];
        let Some((shortest, _, chosen)) = best else {
            best = Some((distance, length, direction));
            continue;
        };
        if distance > shortest {
            continue;
        }
        let rank = |d: usize, ranks: &mut Option<[u32; 4]>| {
            let words = ranks.get_or_insert_with(&words);
            Key::pair(Key(u64::from(words[0]) << 32 | u64::from(words[1])), Key(d as u64)).0
        };
        if distance < shortest || rank(direction, &mut ranks) < rank(chosen, &mut ranks) {
            best = Some((distance, length, direction));
        }
    }
    let (_, length, direction) = best?;
    let mut path = Vec::with_capacity(length);
    let mut at = site;
    for _ in 0..length {
        at = grid.neighbor(at, direction)?;
        path.push(at as u32);
    }
    Some(path)
}

/// Steps in a direction until a free site, if at most `push` cells stand in between.
fn line(grid: &Grid, occupancy: &Occupancy, site: usize, direction: usize, push: u32) -> Option<usize> {
    let mut at = site;
    for length in 1..=push as usize + 1 {
        at = grid.neighbor(at, direction)?;
        if occupancy.free(at) {
            return Some(length);
        }
    }
    None
}
