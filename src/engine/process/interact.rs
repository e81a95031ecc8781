//! Contact interactions: killing by hits, engulfing, touching. Draws the events of the step; `settle` sees them through.
//!
//! Actor i touches targets j with gates R_ij; base rate b (after rules), handling time h. An actor that attends to one
//! target attends to the first that it touches in an order of its own, that of the times E_ij / R_ij^4 with E_ij exponential
//! and drawn once for the pair. Of targets met at once the first is j with probability R_ij^4 / sum_k R_ik^4, and so is the
//! next once it is gone (Plackett 1975, J R Stat Soc C 24:193); who comes into reach later takes its place in the order, and
//! nothing has to be remembered. T cells polarize toward the strongest of the signals that they touch (Depoil 2005, Immunity
//! 22:185); the power is our assumption: a target of half the R is preferred once in 17 times. Events come at the rate
//! `L / (1 + L h)`, L = b R_ij: 1 / (h + 1/L), the mean of a renewal with the pause h after each event. An actor that attends
//! to all makes events at that rate with L = b min(1, sum_j R_ij), each on j with probability R_ij / sum_k R_ik.
//!
//! Events are drawn per actor, Poisson at the largest rate that its targets allow, with uniform times in the step; the event's
//! own mark thins them to the rate of the target that they meet.

use crate::engine::View;
use crate::engine::planted::Bug;
use crate::engine::program::CHUNK;
use crate::engine::receptor;
use crate::engine::signal::gather;
use crate::math;
use crate::model::{Attention, CellTypeId, Interaction, InteractionId, TraitId};
use crate::par;
use crate::random::{Key, poisson_inverse, purposes};
use std::ops::Range;

/// A cell by layer and index.
pub type Who = (u16, u32);

/// One event of an actor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// Fraction of the step.
    pub time: f32,
    pub interaction: InteractionId,
    pub actor: Who,
    actor_site: u32,
    /// Uniform numbers: whether the event comes to something, and on whom where all are attended to.
    mark: f32,
    pick: f32,
    /// The actor, in `Contacts::actors`.
    by: u32,
}

/// What an actor touches.
#[derive(Clone, Debug)]
struct Actor {
    /// In `Contacts::targets`.
    targets: Range<u32>,
    /// Base rate, 1/min.
    base: f64,
    /// Rate at which events were drawn, 1/min.
    drawn: f64,
}

/// A touched target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    pub who: Who,
    /// R of the gate.
    pub gate: f32,
    /// What the gate recognized.
    pub antigen: Option<TraitId>,
}

/// All events of the step, in order of time; ties by interaction and place.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    pub events: Vec<Contact>,
    actors: Vec<Actor>,
    targets: Vec<Target>,
}

impl Contacts {
    /// Draws the events of all interactions.
    pub fn draw(view: &View) -> Contacts {
        let mut all = Contacts::default();
        for id in 0..view.setup.interactions.len() {
            let id = InteractionId(id as u16);
            if !has_targets(view, id) {
                continue;
            }
            for (which, kind) in view.setup.interactions[id.index()].actors.iter().enumerate() {
                let actors = view.roster.live(*kind);
                let drawn = par::map_chunks(actors.len(), CHUNK, |range| {
                    let mut out = Contacts::default();
                    draw_chunk(view, id, which, *kind, &actors[range], &mut out);
                    out
                });
                drawn.into_iter().for_each(|part| all.append(part));
            }
        }
        all.events.sort_unstable_by_key(|c| {
            (c.time.to_bits(), c.interaction, c.actor.0, c.actor_site, c.mark.to_bits())
        });
        all
    }

    fn append(&mut self, part: Contacts) {
        let (actors, targets) = (self.actors.len() as u32, self.targets.len() as u32);
        self.events.extend(part.events.into_iter().map(|e| Contact { by: e.by + actors, ..e }));
        self.actors.extend(part.actors.into_iter().map(|mut a| {
            a.targets = a.targets.start + targets..a.targets.end + targets;
            a
        }));
        self.targets.extend(part.targets);
    }

    /// The target that an event meets, given which are still there; none where it comes to nothing.
    pub fn target(
        &self,
        event: &Contact,
        interaction: &Interaction,
        there: impl Fn(Who) -> bool,
    ) -> Option<Target> {
        let actor = &self.actors[event.by as usize];
        let targets = &self.targets[actor.targets.start as usize..actor.targets.end as usize];
        let mut left = targets.iter().filter(|t| there(t.who));
        let (target, gate) = match interaction.attention {
            Attention::One => left.next().map(|t| (*t, f64::from(t.gate)))?,
            Attention::All => {
                let left: Vec<&Target> = left.collect();
                let sum: f64 = left.iter().map(|t| f64::from(t.gate)).sum();
                let mut rest = f64::from(event.pick) * sum;
                let met = left.iter().find(|t| {
                    rest -= f64::from(t.gate);
                    rest < 0.0
                });
                (**met.or(left.last())?, if sum < 1.0 { sum } else { 1.0 })
            }
        };
        let rate = pace(actor.base * gate, interaction.cooldown);
        (f64::from(event.mark) * actor.drawn < rate).then_some(target)
    }
}

/// Events per time at the rate `rate` while free and with a pause after each event: 1 / (pause + 1 / rate).
fn pace(rate: f64, pause: f64) -> f64 {
    rate / (1.0 + rate * pause)
}

/// Whether anything that the interaction acts on is on the lattice.
fn has_targets(view: &View, id: InteractionId) -> bool {
    let interaction = &view.setup.interactions[id.index()];
    interaction.targets.iter().any(|t| {
        interaction.on.live && !view.roster.live(*t).is_empty()
            || interaction.on.dead && !view.roster.dead(*t).is_empty()
    })
}

/// Events of one actor in a step, so that no rate can fill the memory; a document in which a mean of 10,000 could be
/// reached is refused.
const MOST_EVENTS: u64 = 20_000;

fn draw_chunk(
    view: &View,
    id: InteractionId,
    which: usize,
    kind: CellTypeId,
    actors: &[u32],
    out: &mut Contacts,
) {
    let interaction = &view.setup.interactions[id.index()];
    let plan = &view.plan.interactions[id.index()];
    let layer = view.setup.cell_types[kind.index()].layer.index();
    let (mut columns, mut rates) = (Vec::new(), Vec::new());
    gather(view, &plan.rates[which], layer, actors, &mut columns);
    plan.rates[which].run(true, actors.len(), &columns, &mut rates);
    let cells = &view.state.layers[layer];
    let dt = view.setup.clock.step;
    let mut touched: Vec<Target> = Vec::new();
    for (i, actor) in actors.iter().enumerate() {
        let base = f64::from(rates[0][i]);
        if base <= 0.0 {
            continue;
        }
        let cell = *actor as usize;
        let (key, step) = (cells.key[cell], view.state.step);
        let u = view.streams.uniform(key, step, interaction.purpose, 0);
        // No event unless u >= exp(-mean), and exp(-mean) >= 1 - mean; R is at most 1.
        if u < 1.0 - pace(base, interaction.cooldown) * dt {
            continue;
        }
        touch(view, id, (layer, cell), &mut touched);
        let gates = touched.iter().map(|t| f64::from(t.gate));
        let most = match interaction.attention {
            Attention::One => gates.fold(0.0, |most, gate| if gate > most { gate } else { most }),
            Attention::All => gates.sum::<f64>().min(1.0),
        };
        let drawn = pace(base * most, interaction.cooldown);
        let events = poisson_inverse(u, drawn * dt).min(MOST_EVENTS);
        if events == 0 {
            continue;
        }
        if interaction.attention == Attention::One && !view.plan.has(Bug::AttentionIgnored) {
            in_order_of_attention(view, key, &mut touched);
        }
        let (by, first) = (out.actors.len() as u32, out.targets.len() as u32);
        out.targets.extend_from_slice(&touched);
        out.actors.push(Actor { targets: first..out.targets.len() as u32, base, drawn });
        for event in 1..=events {
            // 255 events share a key; further ones take another.
            let block = event / 256;
            let own = if block == 0 { key } else { Key::pair(key, Key(block)) };
            let words = view.streams.words(own, step, interaction.purpose, (event % 256) as u8);
            let [time, mark, pick] = [0, 1, 2].map(|w| (words[w] >> 8) as f32 / 16_777_216.0);
            let (actor, actor_site) = ((layer as u16, *actor), cells.site[cell]);
            out.events.push(Contact { time, interaction: id, actor, actor_site, mark, pick, by });
        }
    }
}

/// The order in which a cell attends to what it touches: by E_ij / R_ij^4, E_ij the same in every step and interaction.
fn in_order_of_attention(view: &View, key: Key, touched: &mut [Target]) {
    let turn = |t: &Target| {
        let others = &view.state.layers[usize::from(t.who.0)];
        let other = t.who.1 as usize;
        let u = view.streams.uniform(Key::pair(key, others.key[other]), 0, purposes::ATTENTION, 0);
        let squared = f64::from(t.gate) * f64::from(t.gate);
        let turn = -math::ln_1p(-u) / (squared * squared);
        // Positive numbers are in the order of their bits.
        (turn.to_bits(), t.who.0, others.site[other])
    };
    touched.sort_by_cached_key(turn);
}

/// The targets of an actor within reach whose gate is open.
fn touch(view: &View, id: InteractionId, (layer, cell): (usize, usize), touched: &mut Vec<Target>) {
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
            let (r, antigen) = if interaction.gate.is_open() || view.plan.has(Bug::GateIgnored) {
                (1.0, None)
            } else {
                let target = (l.index(), others, other);
                receptor::gate(view.setup, view.plan, &interaction.gate, (layer, cells, cell), target)
            };
            if r > 0.0 {
                let antigen = antigen.filter(|_| !view.plan.has(Bug::AntigenUnnamed));
                touched.push(Target { who: (l.0, other as u32), gate: r, antigen });
            }
        });
    }
}
