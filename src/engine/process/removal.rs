//! Removals: surgery and depletion. Each listed cell goes with probability `share`; a pool loses the share.

use super::commit::in_order;
use crate::engine::grid::{EMPTY, Occupancy};
use crate::engine::planted::Bug;
use crate::engine::region::sites;
use crate::engine::{Cause, Context, Happening, Spare, State};
use crate::lattice::within;
use crate::model::Species;

pub fn remove(
    context: &Context,
    state: &mut State,
    occupancy: &mut [Occupancy],
    spare: &mut Spare,
    index: usize,
) {
    let rule = &context.setup.removals[index];
    state.removed[index] = Some(state.time(context.setup));
    let species: Vec<Species> = rule.cells.iter().map(|c| Species::Cell(*c)).collect();
    for compartment in &rule.from {
        for p in state.pools.matching(*compartment, &species).collect::<Vec<_>>() {
            state.pools.amount[p] *= 1.0 - rule.share;
        }
    }
    let (true, Some(domain)) = (rule.tissue, &context.setup.domain) else { return };
    let lattice = &domain.lattice;
    let mut inside = vec![false; lattice.sites()];
    for site in sites(&rule.region, lattice, state) {
        inside[site as usize] = true;
    }
    if context.plan.has(Bug::RegionIgnored) {
        inside.fill(true);
    }
    // With a margin everything near the listed cells goes too, whatever it is.
    let margin = (rule.margin > 0.0).then(|| {
        let mask = state.mask(lattice, &rule.cells);
        within(lattice, &mask, rule.margin)
    });
    for layer in 0..state.layers.len() {
        let cells = &state.layers[layer];
        let mut lost = Vec::new();
        for cell in 0..cells.len() {
            let site = cells.site[cell] as usize;
            let listed = rule.cells.contains(&cells.kind[cell]);
            let near = margin.as_ref().is_some_and(|m| m[site]);
            let u = || context.streams.uniform(cells.key[cell], state.step, rule.purpose, 0);
            if inside[site] && (listed || near) && u() < rule.share {
                lost.push(cell);
            }
        }
        for cell in lost {
            let cells = &state.layers[layer];
            occupancy[layer].0[cells.site[cell] as usize] = EMPTY;
            let kind = cells.kind[cell];
            state.ledger.book(Happening::Removal, kind, Cause::Removal(index as u16), state.weight);
        }
        in_order(&mut state.layers[layer], &mut occupancy[layer], spare);
    }
}
