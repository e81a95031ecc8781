//! Contacts seen through in order of time: damage adds up and is repaired, targets die or are engulfed, traits change.
//!
//! Between hits the damage of a target follows its own law; at the first time damage >= lethal the target dies with that
//! hit as its cause. From the time on at which an actor meets another fate its events are void; from that of a target on
//! they fall to the targets that are left. A target that divides is replaced by its daughters at that time, which nothing
//! touches until the next step.

use super::decide::{Decisions, Fate, What, bounded, relax};
use super::interact::{Contact, Contacts, Target, Who};
use crate::engine::View;
use crate::engine::planted::Bug;
use crate::engine::signal::gather;
use crate::model::{Interaction, InteractionId, InteractionKind, TraitId};

/// A cell lost to another: killed, or engulfed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    pub interaction: InteractionId,
    pub actor: Who,
    pub antigen: Option<TraitId>,
    pub engulfed: bool,
}

/// A change of one trait of one cell by contact, to be made after the traits have changed by themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edit {
    /// The value at the end of the step: damage that was followed through the step.
    Set {
        who: Who,
        column: usize,
        value: f32,
    },
    Add {
        who: Who,
        column: usize,
        amount: f32,
    },
    /// A share of what the target has moves to the actor; to no column where the actor does not carry it.
    Take {
        from: Who,
        column: usize,
        share: f32,
        to: Option<(Who, usize)>,
    },
}

/// Damage of a target that has been hit, as it stands.
struct Damage {
    who: Who,
    column: usize,
    gain: f32,
    loss: f32,
    min: f32,
    max: f32,
    value: f32,
    /// Fraction of the step at which it had that value.
    time: f32,
}

/// What the contacts of the step come to.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    pub losses: Vec<Loss>,
    pub edits: Vec<Edit>,
}

/// Settles the events in order of time; fates of lost cells are written into the decisions.
pub fn settle(view: &View, contacts: &Contacts, decisions: &mut [Decisions]) -> Settled {
    let mut out = Settled::default();
    // Damaged targets, sorted by who they are: there are few.
    let mut damages: Vec<Damage> = Vec::new();
    for contact in &contacts.events {
        let fate = |who: Who| decisions[usize::from(who.0)].fates[who.1 as usize];
        let actor = fate(contact.actor);
        if actor.ends() && contact.time >= actor.time && !view.plan.has(Bug::DeadActorsAct) {
            continue;
        }
        let interaction = &view.setup.interactions[contact.interaction.index()];
        let there = |who: Who| contact.time < fate(who).time;
        let Some(target) = contacts.target(contact, interaction, there) else { continue };
        let alive = view.state.layers[usize::from(target.who.0)].alive(target.who.1 as usize);
        let engulfed = match interaction.kind {
            InteractionKind::Kill { damage, hit, lethal } if alive => {
                let Some(damage) = damage_of(view, &mut damages, target.who, damage) else { continue };
                if !view.plan.has(Bug::RepairIgnored) {
                    damage.advance(contact.time, view.setup.clock.step as f32);
                }
                damage.add(hit as f32);
                let more = if view.plan.has(Bug::LethalLater) { hit as f32 } else { 0.0 };
                (damage.value >= lethal as f32 + more).then_some(false)
            }
            InteractionKind::Kill { .. } => continue,
            InteractionKind::Engulf => Some(true),
            InteractionKind::Touch => None,
        };
        effects(view, interaction, contact, &target, &mut damages, &mut out.edits);
        if let Some(engulfed) = engulfed {
            let Contact { interaction, actor, time, .. } = *contact;
            let what = What::Contact(out.losses.len() as u32);
            out.losses.push(Loss { interaction, actor, antigen: target.antigen, engulfed });
            decisions[usize::from(target.who.0)].fates[target.who.1 as usize] = Fate { time, what };
        }
    }
    // First, so that what else adds to the same trait is not lost.
    let followed = damages.into_iter().map(|mut damage| {
        damage.advance(1.0, view.setup.clock.step as f32);
        let Damage { who, column, value, .. } = damage;
        Edit::Set { who, column, value }
    });
    out.edits.splice(0..0, followed);
    out
}

impl Damage {
    /// The way to the level g/l is straight, so that what is bounded at its end was bounded all along.
    fn advance(&mut self, to: f32, dt: f32) {
        let value = relax(self.value, self.gain, self.loss, (to - self.time) * dt);
        self.value = bounded(value, self.min, self.max);
        self.time = to;
    }

    fn add(&mut self, amount: f32) {
        self.value = bounded(self.value + amount, self.min, self.max);
    }
}

/// The followed damage of a target, from the value at the start of the step on.
fn damage_of<'a>(view: &View, damages: &'a mut Vec<Damage>, who: Who, of: TraitId) -> Option<&'a mut Damage> {
    let (layer, cell) = (usize::from(who.0), who.1 as usize);
    let cells = &view.state.layers[layer];
    let column = cells.column(of)?;
    let at = match damages.binary_search_by_key(&(who, column), |d| (d.who, d.column)) {
        Ok(at) => at,
        Err(at) => {
            let (gain, loss) = rates_of(view, layer, cell, column);
            let value = cells.traits[column][cell];
            let of = &view.setup.traits[of.index()];
            let (min, max) = (of.min as f32, of.max.map_or(f32::INFINITY, |m| m as f32));
            damages.insert(at, Damage { who, column, gain, loss, min, max, value, time: 0.0 });
            at
        }
    };
    Some(&mut damages[at])
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
fn effects(
    view: &View,
    interaction: &Interaction,
    contact: &Contact,
    target: &Target,
    damages: &mut [Damage],
    edits: &mut Vec<Edit>,
) {
    let column = |who: Who, of: TraitId| {
        let cells = &view.state.layers[usize::from(who.0)];
        let column = cells.column(of)?;
        let carries = &view.plan.types[cells.kind[who.1 as usize].index()].carries;
        carries[column].then_some(column)
    };
    let changes = interaction.to_target.iter().map(|c| (target.who, c));
    for (who, (of, amount)) in changes.chain(interaction.to_self.iter().map(|c| (contact.actor, c))) {
        let Some(column) = column(who, *of) else { continue };
        // Damage that is being followed takes the change at its time.
        match damages.binary_search_by_key(&(who, column), |d| (d.who, d.column)) {
            Ok(at) => {
                damages[at].advance(contact.time, view.setup.clock.step as f32);
                damages[at].add(*amount as f32);
            }
            Err(_) => edits.push(Edit::Add { who, column, amount: *amount as f32 }),
        }
    }
    for (of, share) in &interaction.take {
        let Some(from) = column(target.who, *of) else { continue };
        let to = column(contact.actor, *of).map(|column| (contact.actor, column));
        edits.push(Edit::Take { from: target.who, column: from, share: *share as f32, to });
    }
}

/// Makes the changes, in order; values stay within the bounds of their trait.
pub fn apply(context: &crate::engine::Context, state: &mut crate::engine::State, edits: &[Edit]) {
    let mut change = |(layer, cell): Who, column: usize, to: &dyn Fn(f32) -> f32| -> f32 {
        let cells = &mut state.layers[usize::from(layer)];
        let of = &context.setup.traits[cells.stored[column].index()];
        let max = of.max.map_or(f32::INFINITY, |m| m as f32);
        let value = &mut cells.traits[column][cell as usize];
        let before = *value;
        *value = bounded(to(before), of.min as f32, max);
        before - *value
    };
    for edit in edits {
        match *edit {
            Edit::Set { who, column, value } => {
                change(who, column, &|_| value);
            }
            Edit::Add { who, column, amount } => {
                change(who, column, &|x| x + amount);
            }
            Edit::Take { from, column, share, to } => {
                let moved = change(from, column, &|x| x - x * share);
                if let Some((who, column)) = to {
                    change(who, column, &|x| x + moved);
                }
            }
        }
    }
}
