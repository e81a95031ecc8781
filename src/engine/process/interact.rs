//! Contact interactions: killing by hits, engulfing, touching.
//!
//! Actor i touches targets j with gates R_ij. Base rate b (after rules), handling time h: the rate on j is
//! `b R_ij / max(1, sum_j R_ij) / (1 + b h)`, so that one actor never delivers more than 1/(1/b + h) events per time.
//! Events are Poisson with uniform times in the step. All events on a target, of all actors and interactions, are
//! merged in time: between hits the damage decays by its own law; at the first time damage >= lethal the target dies
//! with that hit as its cause, and later events on it are void.

use super::decide::{Decisions, Fate, What, bounded, relax};
use crate::engine::View;
use crate::engine::program::CHUNK;
use crate::engine::receptor;
use crate::engine::signal::gather;
use crate::model::{Interaction, InteractionId, InteractionKind, TraitId};
use crate::par;
use crate::random::{Key, poisson_inverse};

/// One event of an actor on a target.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Contact {
    target: (u16, u32),
    target_site: u32,
    /// Fraction of the step.
    time: f32,
    interaction: InteractionId,
    actor: (u16, u32),
    actor_site: u32,
    antigen: Option<TraitId>,
}

/// A cell lost to another: killed, or engulfed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    pub interaction: InteractionId,
    /// Layer and index.
    pub actor: (u16, u32),
    pub antigen: Option<TraitId>,
    pub engulfed: bool,
}

/// Draws all events of the step, settles them in time on each target and writes the consequences into the decisions.
pub fn interact(view: &View, decisions: &mut [Decisions]) -> Vec<Loss> {
    let mut contacts: Vec<Contact> = Vec::new();
    for id in 0..view.setup.interactions.len() {
        let id = InteractionId(id as u16);
        for (which, kind) in view.setup.interactions[id.index()].actors.iter().enumerate() {
            let layer = view.setup.cell_types[kind.index()].layer.index();
            let cells = &view.state.layers[layer];
            let actors: Vec<u32> = (0..cells.len())
                .filter(|c| cells.kind[*c] == *kind && cells.alive(*c))
                .map(|c| c as u32)
                .collect();
            let drawn = par::map_chunks(actors.len(), CHUNK, |range| {
                let mut out = Vec::new();
                draw(view, id, which, layer, &actors[range], &mut out);
                out
            });
            contacts.extend(drawn.into_iter().flatten());
        }
    }
    contacts.sort_unstable_by_key(|c| {
        (c.target.0, c.target_site, c.time.to_bits(), c.interaction, c.actor.0, c.actor_site)
    });
    let mut losses = Vec::new();
    for group in contacts.chunk_by(|a, b| a.target == b.target) {
        settle(view, group, decisions, &mut losses);
    }
    losses
}

fn draw(view: &View, id: InteractionId, which: usize, layer: usize, actors: &[u32], out: &mut Vec<Contact>) {
    let interaction = &view.setup.interactions[id.index()];
    let plan = &view.plan.interactions[id.index()];
    let (mut columns, mut rates) = (Vec::new(), Vec::new());
    gather(view, &plan.rates[which], layer, actors, &mut columns);
    plan.rates[which].run(true, actors.len(), &columns, &mut rates);
    let cells = &view.state.layers[layer];
    let dt = view.setup.clock.step;
    let mut touched: Vec<(u16, u32, f32, Option<TraitId>)> = Vec::new();
    for (i, actor) in actors.iter().enumerate() {
        let b = f64::from(rates[0][i]);
        if b <= 0.0 {
            continue;
        }
        let cell = *actor as usize;
        touched.clear();
        for l in &plan.target_layers {
            let others = &view.state.layers[l.index()];
            view.grid.in_reach(cells.site[cell] as usize, |site| {
                let Some(other) = view.occupancy[l.index()].at(site) else { return };
                let live = others.alive(other);
                let wanted = if live { interaction.on.live } else { interaction.on.dead };
                let itself = l.index() == layer && other == cell;
                if !wanted || itself || !plan.is_target[others.kind[other].index()] {
                    return;
                }
                let (r, antigen) = if interaction.gate.is_open() {
                    (1.0, None)
                } else {
                    let target = (l.index(), others, other);
                    receptor::gate(view.setup, view.plan, &interaction.gate, (layer, cells, cell), target)
                };
                if r > 0.0 {
                    touched.push((l.0, other as u32, r, antigen));
                }
            });
        }
        let sum: f64 = touched.iter().map(|t| f64::from(t.2)).sum();
        let share = b / (if sum > 1.0 { sum } else { 1.0 }) / (1.0 + b * interaction.cooldown);
        for (l, other, r, antigen) in &touched {
            let others = &view.state.layers[usize::from(*l)];
            let pair = Key::pair(cells.key[cell], others.key[*other as usize]);
            let uniform = |sub: u8| view.streams.uniform(pair, view.state.step, interaction.purpose, sub);
            let n = poisson_inverse(uniform(0), share * f64::from(*r) * dt);
            // More than 200 events of one pair in a step decide nothing that 200 do not.
            for event in 0..n.min(200) as u8 {
                out.push(Contact {
                    target: (*l, *other),
                    target_site: others.site[*other as usize],
                    time: uniform(event + 1) as f32,
                    interaction: id,
                    actor: (layer as u16, *actor),
                    actor_site: cells.site[cell],
                    antigen: *antigen,
                });
            }
        }
    }
}

/// Settles the events on one target, in time order.
fn settle(view: &View, group: &[Contact], decisions: &mut [Decisions], losses: &mut Vec<Loss>) {
    let (layer, cell) = (usize::from(group[0].target.0), group[0].target.1 as usize);
    let cells = &view.state.layers[layer];
    let alive = cells.alive(cell);
    let own = decisions[layer].fates[cell];
    // Damage values as they stand: (trait column, gain, loss, value, time of that value).
    let mut damages: Vec<(usize, f32, f32, f32, f32)> = Vec::new();
    let dt = view.setup.clock.step as f32;
    for contact in group {
        if contact.time >= own.time {
            break;
        }
        let interaction = &view.setup.interactions[contact.interaction.index()];
        let mut lost = None;
        match interaction.kind {
            InteractionKind::Kill { damage, hit, lethal } if alive => {
                let Some(column) = cells.column(damage) else { continue };
                let at = damages.iter().position(|d| d.0 == column).unwrap_or_else(|| {
                    let (gain, loss) = rates_of(view, layer, cell, column);
                    damages.push((column, gain, loss, cells.traits[column][cell], 0.0));
                    damages.len() - 1
                });
                let (_, gain, loss, value, time) = &mut damages[at];
                *value = relax(*value, *gain, *loss, (contact.time - *time) * dt) + hit as f32;
                *time = contact.time;
                if *value >= lethal as f32 {
                    lost = Some(false);
                }
            }
            InteractionKind::Kill { .. } => continue,
            InteractionKind::Engulf => lost = Some(true),
            InteractionKind::Touch => {}
        }
        effects(view, interaction, contact, decisions);
        if let Some(engulfed) = lost {
            let Contact { interaction, actor, antigen, .. } = *contact;
            losses.push(Loss { interaction, actor, antigen, engulfed });
            let what = What::Contact(losses.len() as u32 - 1);
            decisions[layer].fates[cell] = Fate { time: contact.time, what };
            break;
        }
    }
    for (column, gain, loss, value, time) in damages {
        let of = &view.setup.traits[cells.stored[column].index()];
        let max = of.max.map_or(f32::INFINITY, |m| m as f32);
        let end = relax(value, gain, loss, (1.0 - time) * dt);
        decisions[layer].next[column][cell] = bounded(end, of.min as f32, max);
    }
}

/// Gain and loss of one trait column of one cell, at the start of the step.
fn rates_of(view: &View, layer: usize, cell: usize, column: usize) -> (f32, f32) {
    let plan = &view.plan.types[view.state.layers[layer].kind[cell].index()];
    let Some(d) = plan.dynamics.iter().find(|d| d.column == column) else { return (0.0, 0.0) };
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    gather(view, &plan.decide, layer, &[cell as u32], &mut columns);
    plan.decide.run(true, 1, &columns, &mut values);
    (values[d.gain][0], values[d.loss][0])
}

/// Changes of traits per event: `to_target`, `to_self`, and `take`, which conserves what it moves.
fn effects(view: &View, interaction: &Interaction, contact: &Contact, decisions: &mut [Decisions]) {
    let mut add = |who: (u16, u32), of: TraitId, amount: f64| {
        let (layer, cell) = (usize::from(who.0), who.1 as usize);
        if let Some(column) = view.state.layers[layer].column(of) {
            let limits = &view.setup.traits[of.index()];
            let x = &mut decisions[layer].next[column][cell];
            let max = limits.max.map_or(f32::INFINITY, |m| m as f32);
            *x = bounded(*x + amount as f32, limits.min as f32, max);
        }
    };
    for (of, amount) in &interaction.to_target {
        add(contact.target, *of, *amount);
    }
    for (of, amount) in &interaction.to_self {
        add(contact.actor, *of, *amount);
    }
    for (of, share) in &interaction.take {
        let (layer, cell) = (usize::from(contact.target.0), contact.target.1 as usize);
        let Some(column) = view.state.layers[layer].column(*of) else { continue };
        let moved = decisions[layer].next[column][cell] * *share as f32;
        decisions[layer].next[column][cell] -= moved;
        let (actor_layer, actor) = (usize::from(contact.actor.0), contact.actor.1 as usize);
        let kind = view.state.layers[actor_layer].kind[actor];
        if let Some(column) = view.state.layers[actor_layer].column(*of)
            && view.plan.types[kind.index()].carries[column]
        {
            decisions[actor_layer].next[column][actor] += moved;
        }
    }
}
