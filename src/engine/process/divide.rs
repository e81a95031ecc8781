//! Division: a dividing cell needs a free touching site of its layer, or one reached by shifting cells in line.
//!
//! A proposal claims its mother's site and every site of its path under one keyed priority and happens only if it holds
//! the smallest on all of them. Losers wait; a cell without room stays as it is, and both are counted.

use super::decide::{Decisions, What};
use super::newborn;
use crate::engine::grid::{EMPTY, Grid, Occupancy};
use crate::engine::plan::Act;
use crate::engine::{Cause, Context, Happening, State};
use crate::par;
use crate::random::{Key, Streams, purposes};
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
    let cells = &state.layers[layer];
    let mothers: Vec<u32> = (0..decisions.fates.len() as u32)
        .filter(|c| decisions.fates[*c as usize].what == What::Act(Act::Divide))
        .collect();
    let step = state.step;
    let found = par::map_chunks(mothers.len(), 256, |range| {
        mothers[range]
            .iter()
            .map(|mother| {
                let cell = *mother as usize;
                let push = context.setup.cell_types[cells.kind[cell].index()].push;
                let key = cells.key[cell];
                room(&context.streams, grid, occupancy, key, step, cells.site[cell] as usize, push)
            })
            .collect::<Vec<_>>()
    });
    let mut proposals = Vec::new();
    let mut blocked = Vec::new();
    for (mother, path) in mothers.into_iter().zip(found.into_iter().flatten()) {
        let cell = mother as usize;
        match path {
            Some(path) => {
                let word = context.streams.words(cells.key[cell], step, purposes::DIVIDE_PRIORITY, 0)[0];
                let priority = u64::from(word) << 32 | u64::from(cells.site[cell]);
                proposals.push(Proposal { mother, priority, path });
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
    for proposal in proposals {
        let mother = proposal.mother as usize;
        let own = state.layers[layer].site[mother];
        let wins = proposal.path.iter().chain([&own]).all(|site| claims[site] == proposal.priority);
        let kind = state.layers[layer].kind[mother];
        if !wins {
            state.ledger.book(Happening::Blocked, kind, Cause::Blocked, state.weight);
            continue;
        }
        let cells = &mut state.layers[layer];
        for pair in proposal.path.windows(2).rev() {
            let (near, far) = (pair[0] as usize, pair[1] as usize);
            let shifted = occupancy.0[near];
            occupancy.0[far] = shifted;
            occupancy.0[near] = EMPTY;
            cells.site[shifted as usize] = pair[1];
        }
        let (first, mut second) = newborn::daughters(context, cells, &mut decisions.next, mother, step);
        second.site = proposal.path[0];
        occupancy.0[proposal.path[0] as usize] = cells.len() as u32;
        cells.key[mother] = first;
        cells.birth[mother] = step;
        for (next, value) in decisions.next.iter_mut().zip(&second.traits) {
            next.push(*value);
        }
        cells.push(second);
        state.ledger.book(Happening::Birth, kind, Cause::Division, state.weight);
    }
}

/// The daughter's way: a free touching site, or the shortest line of at most `push` cells that ends at a free site;
/// ties by a keyed draw. None: no room.
fn room(
    streams: &Streams,
    grid: &Grid,
    occupancy: &Occupancy,
    key: Key,
    step: u32,
    site: usize,
    push: u32,
) -> Option<Vec<u32>> {
    let mut best: Option<(usize, usize)> = None;
    // Distinct keyed ranks of the directions, drawn only where there is a choice.
    let mut ranks = None;
    for direction in 0..grid.directions.len() {
        let Some(length) = line(grid, occupancy, site, direction, push) else { continue };
        let Some((shortest, chosen)) = best else {
            best = Some((length, direction));
            continue;
        };
        if length > shortest {
            continue;
        }
        let rank = |d: usize, ranks: &mut Option<[u32; 4]>| {
            let words = ranks.get_or_insert_with(|| streams.words(key, step, purposes::DIVIDE_DIRECTION, 0));
            Key::pair(Key(u64::from(words[0]) << 32 | u64::from(words[1])), Key(d as u64)).0
        };
        if length < shortest || rank(direction, &mut ranks) < rank(chosen, &mut ranks) {
            best = Some((length, direction));
        }
    }
    let (length, direction) = best?;
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
