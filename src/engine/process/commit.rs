//! Commit: what was decided happens. First traits take their new values (`traits`), then the fates (`fates`), so that
//! deaths are known before anybody claims a site; after divisions and moves the columns are put in order of site
//! (`sweep`). A freed site is usable in the next step.

use super::decide::{Decisions, Dynamics, What};
use super::newborn;
use super::settle::Loss;
use crate::engine::grid::{EMPTY, Occupancy};
use crate::engine::plan::Act;
use crate::engine::planted::Bug;
use crate::engine::roster::Roster;
use crate::engine::{Cause, Cells, Context, Happening, Spare, State};
use crate::model::{CellTypeId, FlowPlace, Pool, Species};

/// What of a layer is no longer in order of site.
#[derive(Clone, Debug, Default)]
pub struct Unsettled {
    /// Cells from this index on have come in this step.
    pub from: usize,
    /// Cells that leave the lattice at the end of the step.
    pub gone: Vec<u32>,
    /// Cells on another site than at the start of the step; those that came in it need not be listed.
    pub moved: Vec<u32>,
    /// Scratch, by cell: not where it stood, or gone.
    elsewhere: Vec<bool>,
    /// Scratch: cells that stay on the lattice, in order of site.
    order: Vec<u32>,
}

/// Traits that change by themselves take their values of the end of the step.
pub fn traits(context: &Context, state: &mut State, roster: &Roster, dynamics: &[Dynamics]) {
    for run in dynamics {
        let layer = context.setup.cell_types[run.kind.index()].layer.index();
        for (d, values) in context.plan.types[run.kind.index()].dynamics.iter().zip(&run.values) {
            let column = &mut state.layers[layer].traits[d.column];
            for (cell, value) in roster.live(run.kind)[run.first..].iter().zip(values) {
                column[*cell as usize] = *value;
            }
        }
    }
}

/// Deaths, conversions, departures and dissolutions. Divisions are left to `divide`.
pub fn fates(
    context: &Context,
    state: &mut State,
    decisions: &[Decisions],
    losses: &[Loss],
    unsettled: &mut [Unsettled],
) {
    for layer in 0..decisions.len() {
        let gone = &mut unsettled[layer].gone;
        for (cell, fate) in decisions[layer].fates.iter().enumerate() {
            match fate.what {
                What::Nothing | What::Act(Act::Divide) => {}
                What::Dissolve => vanish(state, gone, layer, cell, Cause::Cleared),
                What::Act(Act::Die(i)) => {
                    let kind = state.layers[layer].kind[cell];
                    let cause = &context.setup.cell_types[kind.index()].behaviors.die[usize::from(i)].to;
                    die(context, state, gone, layer, cell, Cause::Named(cause.clone()));
                }
                What::Act(Act::Convert(to)) => convert(context, state, layer, cell, to),
                What::Act(Act::Leave(flow)) => leave(context, state, gone, layer, cell, flow),
                What::Contact(loss) => lose(context, state, gone, layer, cell, losses[loss as usize]),
            }
        }
    }
}

fn die(context: &Context, state: &mut State, gone: &mut Vec<u32>, layer: usize, cell: usize, cause: Cause) {
    let kind = state.layers[layer].kind[cell];
    state.ledger.book(Happening::Death, kind, cause, state.weight);
    state.layers[layer].death[cell] = state.step;
    if context.plan.types[kind.index()].remains == 0 {
        vanish(state, gone, layer, cell, Cause::Cleared);
    }
}

fn vanish(state: &mut State, gone: &mut Vec<u32>, layer: usize, cell: usize, cause: Cause) {
    let kind = state.layers[layer].kind[cell];
    state.ledger.book(Happening::Clearance, kind, cause, state.weight);
    gone.push(cell as u32);
}

/// The cell was killed or engulfed. Engulfed while live, it dies and is cleared at once.
fn lose(context: &Context, state: &mut State, gone: &mut Vec<u32>, layer: usize, cell: usize, loss: Loss) {
    let actor = &state.layers[usize::from(loss.actor.0)];
    let cause = Cause::Interaction {
        id: loss.interaction,
        actor: actor.kind[loss.actor.1 as usize],
        origin: actor.origin[loss.actor.1 as usize],
        antigen: loss.antigen,
    };
    if !loss.engulfed {
        return die(context, state, gone, layer, cell, cause);
    }
    if state.layers[layer].alive(cell) {
        let kind = state.layers[layer].kind[cell];
        state.ledger.book(Happening::Death, kind, cause.clone(), state.weight);
    }
    vanish(state, gone, layer, cell, cause);
}

/// The cell becomes another type of its layer. It keeps the traits that both types carry; those that only the new one
/// carries start at its values, and those that it does not carry are gone, so that nobody senses them.
fn convert(context: &Context, state: &mut State, layer: usize, cell: usize, to: CellTypeId) {
    let cells = &mut state.layers[layer];
    let from = cells.kind[cell];
    let identity = (cells.key[cell], state.step);
    let clone = Some(cells.clone[cell]);
    let fresh = newborn::founder(context, cells, identity, to, cells.origin[cell], clone, &[]);
    for (column, value) in fresh.traits.iter().enumerate() {
        let kept = [from, to].iter().all(|t| context.plan.types[t.index()].carries[column]);
        if !kept || context.plan.has(Bug::ConversionForgets) {
            cells.traits[column][cell] = *value;
        }
    }
    cells.kind[cell] = to;
    state.ledger.book(Happening::Conversion, from, Cause::Conversion { to }, state.weight);
}

/// The cell goes to its compartment, where it counts `weight` cells, with its antigens where the flow carries them.
fn leave(context: &Context, state: &mut State, gone: &mut Vec<u32>, layer: usize, cell: usize, flow: u16) {
    let f = usize::from(flow);
    let rule = &context.setup.flows[f];
    let cells = &state.layers[layer];
    let (kind, origin, clone) = (cells.kind[cell], cells.origin[cell], cells.clone[cell]);
    if let FlowPlace::Pool { compartment, species } = &rule.to {
        let arriving = rule.counterpart(Species::Cell(kind)).or_else(|| species.first().copied());
        if let Some(species) = arriving {
            let cloned = matches!(species, Species::Cell(c) if context.setup.clones(c) > 1);
            let clone = if cloned { clone } else { 0 };
            let pool = Pool { compartment: *compartment, species, origin, clone };
            if let Some(i) = state.pools.find(pool) {
                let twice = f64::from(1 + u8::from(context.plan.has(Bug::DepartureTwice)));
                state.pools.deliver(f, rule, i, twice * state.weight);
            }
        }
        for antigen in &rule.carry {
            let column = cells.column(*antigen);
            let amount = column.map_or(0.0, |c| f64::from(cells.traits[c][cell])) * state.weight;
            let pool = Pool::of(*compartment, Species::Antigen(*antigen));
            if let Some(i) = state.pools.find(pool) {
                state.pools.amount[i] += amount;
            }
        }
    }
    state.pools.turnover[f][0] += state.weight;
    state.ledger.book(Happening::Departure, kind, Cause::Flow(crate::model::FlowId(flow)), state.weight);
    gone.push(cell as u32);
}

/// Drops what is gone and puts the columns in order of site.
pub fn sweep(cells: &mut Cells, occupancy: &mut Occupancy, unsettled: &mut Unsettled, spare: &mut Spare) {
    let Unsettled { from, gone, moved, elsewhere, order } = unsettled;
    if gone.is_empty() && moved.is_empty() && cells.len() == *from {
        return;
    }
    for cell in gone.iter() {
        occupancy.0[cells.site[*cell as usize] as usize] = EMPTY;
    }
    // The cells that stayed stand in order already; those that did not are sorted and merged with them.
    elsewhere.clear();
    elsewhere.resize(*from, false);
    let old = |cell: &&u32| (**cell as usize) < *from;
    gone.iter().chain(moved.iter()).filter(old).for_each(|cell| elsewhere[*cell as usize] = true);
    moved.extend(*from as u32..cells.len() as u32);
    moved.sort_unstable_by_key(|cell| cells.site[*cell as usize]);
    moved.dedup();
    let here = |cell: &u32| occupancy.0[cells.site[*cell as usize] as usize] == *cell;
    let mut arriving = moved.iter().copied().filter(here).peekable();
    order.clear();
    for (cell, elsewhere) in elsewhere.iter().enumerate() {
        if *elsewhere {
            continue;
        }
        let site = cells.site[cell];
        while let Some(next) = arriving.next_if(|next| cells.site[*next as usize] < site) {
            order.push(next);
        }
        order.push(cell as u32);
    }
    order.extend(arriving);
    cells.reorder(order, spare);
    for (i, site) in cells.site.iter().enumerate() {
        occupancy.0[*site as usize] = i as u32;
    }
    gone.clear();
    moved.clear();
}

/// Puts a layer's columns in order of site, by its occupancy: cells that are not in it are dropped.
pub fn in_order(cells: &mut Cells, occupancy: &mut Occupancy, spare: &mut Spare) {
    let mut order = Vec::with_capacity(cells.len());
    for slot in &mut occupancy.0 {
        if *slot != EMPTY {
            order.push(*slot);
            *slot = order.len() as u32 - 1;
        }
    }
    cells.reorder(&order, spare);
}

/// All cells stand in order of site: those that come from now on in this step do not.
pub fn settled(state: &State, unsettled: &mut [Unsettled]) {
    for (unsettled, cells) in unsettled.iter_mut().zip(&state.layers) {
        unsettled.from = cells.len();
    }
}
