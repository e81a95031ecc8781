//! Commit: what was decided happens. First the fates (`apply`), so that deaths are known before anybody claims a site;
//! after divisions and moves the columns are put in order of site (`sweep`). A freed site is usable in the next step.

use super::decide::{Decisions, What};
use super::interact::Loss;
use super::newborn;
use crate::engine::grid::{EMPTY, Occupancy};
use crate::engine::plan::Act;
use crate::engine::{Cause, Context, Happening, State};
use crate::model::{CellTypeId, FlowPlace, Pool, Species};

/// Deaths, conversions, departures and dissolutions. Divisions are left to `divide`.
pub fn apply(context: &Context, state: &mut State, decisions: &mut [Decisions], losses: &[Loss]) {
    for layer in 0..decisions.len() {
        for cell in 0..decisions[layer].fates.len() {
            match decisions[layer].fates[cell].what {
                What::Nothing | What::Act(Act::Divide) => {}
                What::Dissolve => vanish(state, decisions, layer, cell, Cause::Cleared),
                What::Act(Act::Die(i)) => {
                    let kind = state.layers[layer].kind[cell];
                    let cause = &context.setup.cell_types[kind.index()].behaviors.die[usize::from(i)].to;
                    die(context, state, decisions, layer, cell, Cause::Named(cause.clone()));
                }
                What::Act(Act::Convert(to)) => convert(context, state, decisions, layer, cell, to),
                What::Act(Act::Leave(flow)) => leave(context, state, decisions, layer, cell, flow),
                What::Contact(loss) => {
                    let loss = losses[loss as usize];
                    let actor = &state.layers[usize::from(loss.actor.0)];
                    let cause = Cause::Interaction {
                        id: loss.interaction,
                        actor: actor.kind[loss.actor.1 as usize],
                        origin: actor.origin[loss.actor.1 as usize],
                        antigen: loss.antigen,
                    };
                    if loss.engulfed {
                        if state.layers[layer].alive(cell) {
                            let kind = state.layers[layer].kind[cell];
                            state.ledger.book(Happening::Death, kind, cause.clone(), state.weight);
                        }
                        vanish(state, decisions, layer, cell, cause);
                    } else {
                        die(context, state, decisions, layer, cell, cause);
                    }
                }
            }
        }
    }
}

fn die(
    context: &Context,
    state: &mut State,
    decisions: &mut [Decisions],
    layer: usize,
    cell: usize,
    cause: Cause,
) {
    let kind = state.layers[layer].kind[cell];
    state.ledger.book(Happening::Death, kind, cause, state.weight);
    state.layers[layer].death[cell] = state.step;
    if context.plan.types[kind.index()].remains == 0 {
        vanish(state, decisions, layer, cell, Cause::Cleared);
    }
}

fn vanish(state: &mut State, decisions: &mut [Decisions], layer: usize, cell: usize, cause: Cause) {
    let kind = state.layers[layer].kind[cell];
    state.ledger.book(Happening::Clearance, kind, cause, state.weight);
    decisions[layer].gone[cell] = true;
}

/// The cell becomes another type of its layer; traits the old type did not carry start at the new type's values.
fn convert(
    context: &Context,
    state: &mut State,
    decisions: &mut [Decisions],
    layer: usize,
    cell: usize,
    to: CellTypeId,
) {
    let cells = &mut state.layers[layer];
    let from = cells.kind[cell];
    let fresh = newborn::founder(
        context,
        cells,
        (cells.key[cell], state.step),
        to,
        cells.origin[cell],
        Some(cells.clone[cell]),
        &[],
    );
    for (column, value) in fresh.traits.iter().enumerate() {
        if !context.plan.types[from.index()].carries[column] {
            decisions[layer].next[column][cell] = *value;
        }
    }
    cells.kind[cell] = to;
    state.ledger.book(Happening::Conversion, from, Cause::Conversion { to }, state.weight);
}

/// The cell goes to its compartment, where it counts `weight` cells, with its antigens where the flow carries them.
fn leave(
    context: &Context,
    state: &mut State,
    decisions: &mut [Decisions],
    layer: usize,
    cell: usize,
    flow: u16,
) {
    let rule = &context.setup.flows[usize::from(flow)];
    let cells = &state.layers[layer];
    let (kind, origin, clone) = (cells.kind[cell], cells.origin[cell], cells.clone[cell]);
    if let FlowPlace::Pool { compartment, species } = &rule.to {
        let arriving = super::pools::counterpart(&rule.from, &rule.to, Species::Cell(kind))
            .or_else(|| species.first().copied());
        if let Some(species) = arriving {
            let cloned = matches!(species, Species::Cell(c) if context.setup.clones(c) > 1);
            let pool =
                Pool { compartment: *compartment, species, origin, clone: if cloned { clone } else { 0 } };
            if let Some(i) = state.pools.find(pool) {
                state.pools.amount[i] += state.weight * rule.yield_;
                state.pools.turnover[usize::from(flow)][1] += state.weight * rule.yield_;
            }
        }
        for antigen in &rule.carry {
            let amount = f64::from(
                decisions[layer]
                    .next
                    .get(cells.column(*antigen).unwrap_or(usize::MAX))
                    .map_or(0.0, |column| column[cell]),
            ) * state.weight;
            let species = Species::Antigen(*antigen);
            let pool =
                Pool { compartment: *compartment, species, origin: crate::model::Origin::NATIVE, clone: 0 };
            if let Some(i) = state.pools.find(pool) {
                state.pools.amount[i] += amount;
            }
        }
    }
    state.pools.turnover[usize::from(flow)][0] += state.weight;
    state.ledger.book(Happening::Departure, kind, Cause::Flow(crate::model::FlowId(flow)), state.weight);
    decisions[layer].gone[cell] = true;
}

/// Installs the traits of the end of the step, drops what is gone and puts the columns in order of site.
pub fn sweep(state: &mut State, occupancy: &mut [Occupancy], decisions: Vec<Decisions>) {
    for (layer, decision) in decisions.into_iter().enumerate() {
        let cells = &mut state.layers[layer];
        for (column, next) in cells.traits.iter_mut().zip(decision.next) {
            *column = next;
        }
        for (cell, gone) in decision.gone.iter().enumerate() {
            if *gone {
                occupancy[layer].0[cells.site[cell] as usize] = EMPTY;
            }
        }
        in_order(cells, &mut occupancy[layer]);
    }
}

/// Puts a layer's columns in order of site, by its occupancy: cells that are not in it are dropped.
pub fn in_order(cells: &mut crate::engine::Cells, occupancy: &mut Occupancy) {
    let mut order = Vec::with_capacity(cells.len());
    for slot in &mut occupancy.0 {
        if *slot != EMPTY {
            order.push(*slot);
            *slot = order.len() as u32 - 1;
        }
    }
    let sorted = order.len() == cells.len() && order.iter().enumerate().all(|(i, c)| i as u32 == *c);
    if !sorted {
        cells.reorder(&order);
    }
}
