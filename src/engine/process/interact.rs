//! Contact interactions: killing by hits, engulfing, touching. Draws the events of the step; `settle` sees them through.
//!
//! Actor i touches targets j with gates R_ij. Base rate b (after rules), handling time h: the rate on j is
//! `b R_ij / max(1, sum_j R_ij) / (1 + b h)`, so that one actor never delivers more than 1/(1/b + h) events per time.
//! Events are Poisson with uniform times in the step.

use crate::engine::View;
use crate::engine::program::CHUNK;
use crate::engine::receptor;
use crate::engine::signal::gather;
use crate::model::{CellTypeId, InteractionId, TraitId};
use crate::par;
use crate::random::{Key, poisson_inverse};

/// A cell by layer and index.
pub type Who = (u16, u32);

/// One event of an actor on a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Fraction of the step.
    pub time: f32,
    pub interaction: InteractionId,
    pub actor: Who,
    pub actor_site: u32,
    pub target: Who,
    pub target_site: u32,
    /// What the gate recognized.
    pub antigen: Option<TraitId>,
}

/// All events of the step, in order of time; ties by interaction and place.
pub fn draw(view: &View) -> Vec<Contact> {
    let mut contacts: Vec<Contact> = Vec::new();
    for id in 0..view.setup.interactions.len() {
        let id = InteractionId(id as u16);
        if !has_targets(view, id) {
            continue;
        }
        for (which, kind) in view.setup.interactions[id.index()].actors.iter().enumerate() {
            let actors = view.roster.live(*kind);
            let drawn = par::map_chunks(actors.len(), CHUNK, |range| {
                let mut out = Vec::new();
                draw_chunk(view, id, which, *kind, &actors[range], &mut out);
                out
            });
            contacts.extend(drawn.into_iter().flatten());
        }
    }
    contacts.sort_unstable_by_key(|c| {
        (c.time.to_bits(), c.interaction, c.actor.0, c.actor_site, c.target.0, c.target_site)
    });
    contacts
}

/// Whether anything that the interaction acts on is on the lattice.
fn has_targets(view: &View, id: InteractionId) -> bool {
    let interaction = &view.setup.interactions[id.index()];
    interaction.targets.iter().any(|t| {
        interaction.on.live && !view.roster.live(*t).is_empty()
            || interaction.on.dead && !view.roster.dead(*t).is_empty()
    })
}

/// A touched target: layer, index, R, antigen.
type Touched = (u16, u32, f32, Option<TraitId>);

fn draw_chunk(
    view: &View,
    id: InteractionId,
    which: usize,
    kind: CellTypeId,
    actors: &[u32],
    out: &mut Vec<Contact>,
) {
    let interaction = &view.setup.interactions[id.index()];
    let plan = &view.plan.interactions[id.index()];
    let layer = view.setup.cell_types[kind.index()].layer.index();
    let (mut columns, mut rates) = (Vec::new(), Vec::new());
    gather(view, &plan.rates[which], layer, actors, &mut columns);
    plan.rates[which].run(true, actors.len(), &columns, &mut rates);
    let cells = &view.state.layers[layer];
    let dt = view.setup.clock.step;
    let mut touched: Vec<Touched> = Vec::new();
    for (i, actor) in actors.iter().enumerate() {
        let b = f64::from(rates[0][i]);
        if b <= 0.0 {
            continue;
        }
        let cell = *actor as usize;
        touch(view, id, (layer, cell), &mut touched);
        if touched.is_empty() {
            continue;
        }
        let sum: f64 = touched.iter().map(|t| f64::from(t.2)).sum();
        let share = b / (if sum > 1.0 { sum } else { 1.0 }) / (1.0 + b * interaction.cooldown);
        for (l, other, r, antigen) in &touched {
            let others = &view.state.layers[usize::from(*l)];
            let pair = Key::pair(cells.key[cell], others.key[*other as usize]);
            let mean = share * f64::from(*r) * dt;
            let u = view.streams.uniform(pair, view.state.step, interaction.purpose, 0);
            // No event unless u >= exp(-mean), and exp(-mean) >= 1 - mean.
            if u < 1.0 - mean {
                continue;
            }
            // More than 200 events of one pair in a step decide nothing that 200 do not.
            for event in 0..poisson_inverse(u, mean).min(200) as u8 {
                let time = view.streams.uniform(pair, view.state.step, interaction.purpose, event + 1);
                out.push(Contact {
                    time: time as f32,
                    interaction: id,
                    actor: (layer as u16, *actor),
                    actor_site: cells.site[cell],
                    target: (*l, *other),
                    target_site: others.site[*other as usize],
                    antigen: *antigen,
                });
            }
        }
    }
}

/// The targets of an actor within reach whose gate is open.
fn touch(view: &View, id: InteractionId, (layer, cell): (usize, usize), touched: &mut Vec<Touched>) {
    let interaction = &view.setup.interactions[id.index()];
    let plan = &view.plan.interactions[id.index()];
    let cells = &view.state.layers[layer];
    touched.clear();
    for l in &plan.target_layers {
        let others = &view.state.layers[l.index()];
        view.grid.in_reach(cells.site[cell] as usize, |site| {
            let Some(other) = view.occupancy[l.index()].at(site) else { return };
            if !plan.is_target[others.kind[other].index()] {
                return;
            }
            let wanted = if others.alive(other) { interaction.on.live } else { interaction.on.dead };
            let itself = l.index() == layer && other == cell;
            if !wanted || itself {
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
}
