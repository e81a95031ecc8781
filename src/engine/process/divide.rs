//! Division: a dividing cell needs a free touching site of its layer, or one reached by shifting cells in line.
//!
//! A proposal claims its mother's site and every site of its path under one keyed priority and happens only if it holds
//! the smallest on all of them. Losers propose again on the changed lattice, so that only a lack of room (which is
//! counted) and never the length of the step keeps a cell from dividing.

use super::decide::{Decisions, What};
use super::newborn;
use crate::engine::grid::{EMPTY, Grid, Occupancy};
use crate::engine::plan::Act;
use crate::engine::{Cause, Context, Happening, State};
use crate::par;
use crate::random::{Key, purposes};
use std::collections::BTreeMap;

struct Proposal {
    mother: u32,
    priority: u64,
    /// From the daughter's site to the free one.
    path: Vec<u32>,
}

pub fn divide(
    context: &Context,
    grid: &Grid,
    state: &mut State,
    occupancy: &mut Occupancy,
    decisions: &mut Decisions,
    layer: usize,
) {
    let mut mothers: Vec<u32> = (0..decisions.fates.len() as u32)
        .filter(|c| decisions.fates[*c as usize].what == What::Act(Act::Divide))
        .collect();
    // Losers of a round propose again: in each round at least one mother divides or finds no room, so this ends.
    for round in 0u32.. {
        if mothers.is_empty() {
            break;
        }
        mothers = self::round(context, grid, state, occupancy, decisions, layer, &mothers, round);
    }
}

/// One round of proposals, claims and divisions. Returns the losers.
#[expect(clippy::too_many_arguments, reason = "the world of one layer and those who divide in it")]
fn round(
    context: &Context,
    grid: &Grid,
    state: &mut State,
    occupancy: &mut Occupancy,
    decisions: &mut Decisions,
    layer: usize,
    mothers: &[u32],
    round: u32,
) -> Vec<u32> {
    let cells = &state.layers[layer];
    let step = state.step;
    let found = par::map_chunks(mothers.len(), 256, |range| {
        mothers[range]
            .iter()
            .map(|mother| {
                let cell = *mother as usize;
                let push = context.setup.cell_types[cells.kind[cell].index()].push;
                let words =
                    || context.streams.words(cells.key[cell], step, purposes::DIVIDE_DIRECTION, round as u8);
                room(grid, occupancy, cells.site[cell] as usize, push, words)
            })
            .collect::<Vec<_>>()
    });
    let mut proposals = Vec::new();
    let mut blocked = Vec::new();
    for (mother, path) in mothers.iter().zip(found.into_iter().flatten()) {
        let cell = *mother as usize;
        match path {
            Some(path) => {
                let word = context.streams.words(cells.key[cell], step, purposes::DIVIDE_PRIORITY, 0)[0];
                let priority = u64::from(word) << 32 | u64::from(cells.site[cell]);
                proposals.push(Proposal { mother: *mother, priority, path });
            }
            None => blocked.push(cells.kind[cell]),
        }
    }
    let mut claims: BTreeMap<u32, u64> = BTreeMap::new();
    for proposal in &proposals {
        let own = cells.site[proposal.mother as usize];
        for site in proposal.path.iter().chain([&own]) {
            let holder = claims.entry(*site).or_insert(u64::MAX);
            if proposal.priority < *holder {
                *holder = proposal.priority;
            }
        }
    }
    for kind in blocked {
        state.ledger.book(Happening::Blocked, kind, Cause::Blocked, state.weight);
    }
    let (winners, losers): (Vec<_>, Vec<_>) = proposals.into_iter().partition(|p| {
        let own = cells.site[p.mother as usize];
        p.path.iter().chain([&own]).all(|site| claims[site] == p.priority)
    });
    for winner in winners {
        let mother = winner.mother as usize;
        let cells = &mut state.layers[layer];
        for pair in winner.path.windows(2).rev() {
            let (near, far) = (pair[0] as usize, pair[1] as usize);
            let shifted = occupancy.0[near];
            occupancy.0[far] = shifted;
            occupancy.0[near] = EMPTY;
            cells.site[shifted as usize] = pair[1];
        }
        let kind = cells.kind[mother];
        let (first, mut second) = newborn::daughters(context, cells, &mut decisions.next, mother, step);
        second.site = winner.path[0];
        occupancy.0[winner.path[0] as usize] = cells.len() as u32;
        cells.key[mother] = first;
        cells.birth[mother] = step;
        for (next, value) in decisions.next.iter_mut().zip(&second.traits) {
            next.push(*value);
        }
        cells.push(second);
        state.ledger.book(Happening::Birth, kind, Cause::Division, state.weight);
    }
    losers.into_iter().map(|p| p.mother).collect()
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
