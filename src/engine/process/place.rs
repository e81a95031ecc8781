//! Cells placed on the lattice: at the start, at later times, from tables, and doses into the tissue.

use super::newborn;
use crate::engine::grid::Occupancy;
use crate::engine::region::{center, sites};
use crate::engine::{Cause, Context, Happening, State};
use crate::math;
use crate::model::{CellTypeId, Origin, Pattern, PlaceCells, Placement, Region, Scale, TraitId};
use crate::random::{Draw, Key, Purpose, purposes};

/// Founders of one kind at one moment.
pub struct Founders<'a> {
    pub cell: CellTypeId,
    pub origin: Origin,
    pub traits: &'a [(TraitId, Draw)],
    pub source: Purpose,
    pub cause: Cause,
}

/// Acts out a `place` table for the time number `firing`.
pub fn place(context: &Context, state: &mut State, occupancy: &mut [Occupancy], index: usize, firing: u32) {
    let rule = &context.setup.places[index];
    let Some(domain) = &context.setup.domain else { return };
    let first = u64::from(firing) << 40;
    let founders = Founders {
        cell: rule.cell,
        origin: Origin::NATIVE,
        traits: &rule.traits,
        source: rule.purpose,
        cause: Cause::Place(index as u16),
    };
    match &rule.placement {
        Placement::Table(rows) => {
            for (ordinal, row) in rows.iter().enumerate() {
                let l = &domain.lattice;
                let [x, y, z] = row.point.map(|p| (p / l.spacing) as usize);
                let site = l.index(x, y, if l.nz == 1 { 0 } else { z });
                // The row first, then what the table says for all of them.
                let mut draws: Vec<_> = row.traits.iter().map(|(t, v)| (*t, Draw::constant(*v))).collect();
                draws.extend(rule.traits.iter().cloned());
                let cause = founders.cause.clone();
                let founders = Founders { cell: row.cell, traits: &draws, cause, ..founders };
                if found(context, state, occupancy, &founders, first + ordinal as u64, site as u32) {
                    state.placed_cells[row.cell.index()] += 1;
                }
            }
        }
        Placement::Count(count) => {
            let n = on_lattice(state, &domain.scale, *count, rule);
            let placed = scatter(context, state, occupancy, &founders, first, &rule.region, rule.pattern, n);
            state.placed_cells[rule.cell.index()] += placed;
        }
        Placement::Share(share) => {
            let region = sites(&rule.region, &domain.lattice, state).len();
            let n = (share * region as f64).round() as u64;
            let placed = scatter(context, state, occupancy, &founders, first, &rule.region, rule.pattern, n);
            state.placed_cells[rule.cell.index()] += placed;
        }
    }
    state.placed = true;
}

/// How many cells of the lattice stand for `count` cells of the animal: a packed section shows the disc of the equal
/// sphere, n = pi (3 N / (4 pi))^(2/3); else N / w.
fn on_lattice(state: &State, scale: &Scale, count: f64, rule: &PlaceCells) -> u64 {
    let n = match (scale, rule.pattern) {
        (Scale::Section { .. }, Pattern::Packed) => {
            let r = math::cbrt(3.0 * count / (4.0 * std::f64::consts::PI));
            std::f64::consts::PI * r * r
        }
        (Scale::Constant(w), _) => count / w,
        (Scale::Section { .. }, Pattern::Random) => count / state.weight,
        (Scale::Whole, _) => count,
    };
    n.round() as u64
}

/// Puts `n` founders on free sites of a region: packed from its middle outward, or at random (a keyed draw per site, so
/// that arms and seeds agree on which sites are taken first). Returns how many found room; the books count the others
/// as blocked.
#[expect(clippy::too_many_arguments, reason = "what, from where, how many and in which pattern")]
pub fn scatter(
    context: &Context,
    state: &mut State,
    occupancy: &mut [Occupancy],
    founders: &Founders,
    first: u64,
    region: &Region,
    pattern: Pattern,
    n: u64,
) -> u64 {
    let Some(domain) = &context.setup.domain else { return 0 };
    let lattice = &domain.lattice;
    let layer = context.setup.cell_types[founders.cell.index()].layer.index();
    let middle = center(region, lattice);
    let rank = |site: u32| match pattern {
        Pattern::Packed => {
            let p = lattice.center(site as usize);
            let d2: f64 = p.iter().zip(&middle).map(|(a, b)| (a - b) * (a - b)).sum();
            // Non-negative floats order like their bits.
            d2.to_bits()
        }
        Pattern::Random => {
            let key = Key::pair(Key::founder(founders.source, first), Key(u64::from(site)));
            let words = context.streams.words(key, state.step, purposes::PLACE, 0);
            u64::from(words[0]) << 32 | u64::from(words[1])
        }
    };
    let free = sites(region, lattice, state).into_iter().filter(|s| occupancy[layer].free(*s as usize));
    let mut ranked: Vec<(u64, u32)> = free.map(|site| (rank(site), site)).collect();
    ranked.sort_unstable();
    let room = ranked.len() as u64;
    for (ordinal, (_, site)) in ranked.into_iter().take(n as usize).enumerate() {
        found(context, state, occupancy, founders, first + ordinal as u64, site);
    }
    if n > room {
        let weight = state.weight;
        state.ledger.book_many(Happening::Blocked, founders.cell, founders.cause.clone(), weight, n - room);
    }
    if n < room { n } else { room }
}

/// Puts one founder on a site, if it is free.
fn found(
    context: &Context,
    state: &mut State,
    occupancy: &mut [Occupancy],
    founders: &Founders,
    ordinal: u64,
    site: u32,
) -> bool {
    let layer = context.setup.cell_types[founders.cell.index()].layer.index();
    if !occupancy[layer].free(site as usize) {
        state.ledger.book(Happening::Blocked, founders.cell, founders.cause.clone(), state.weight);
        return false;
    }
    let key = Key::founder(founders.source, ordinal);
    let cells = &mut state.layers[layer];
    let identity = (key, state.step);
    let mut cell =
        newborn::founder(context, cells, identity, founders.cell, founders.origin, None, founders.traits);
    cell.site = site;
    occupancy[layer].0[site as usize] = cells.len() as u32;
    cells.push(cell);
    state.ledger.book(Happening::Arrival, founders.cell, founders.cause.clone(), state.weight);
    true
}
