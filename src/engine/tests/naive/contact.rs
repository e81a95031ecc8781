//! Contacts in continuous time: one event after another (Gillespie 1977, J Phys Chem 81:2340), each on whom its actor then
//! attends to, with damage that is repaired in between.

use super::life::{Fate, What};
use super::world::{Flaw, World};
use crate::math;
use crate::model::{Attention, Interaction, InteractionKind, TraitId};
use std::collections::BTreeMap;

/// What one actor touches in one interaction.
struct Reach {
    interaction: usize,
    actor: usize,
    /// b, 1/min.
    base: f64,
    /// Target, R, antigen, place in the order of attention.
    targets: Vec<(usize, f64, Option<TraitId>, f64)>,
}

/// The damage of one cell in the step.
struct Damage {
    value: f64,
    time: f64,
    gain: f64,
    loss: f64,
}

/// A change of a trait that is made at the end of the step.
enum Change {
    Add(usize, TraitId, f64),
    Take { from: usize, to: usize, of: TraitId, share: f64 },
}

/// `x' = g - l x` after a time.
pub fn relaxed(x: f64, gain: f64, loss: f64, time: f64) -> f64 {
    if loss == 0.0 {
        return x + gain * time;
    }
    gain / loss + (x - gain / loss) * math::exp(-loss * time)
}

impl World<'_> {
    fn reaches(&mut self) -> Vec<Reach> {
        let mut out = Vec::new();
        for (i, interaction) in self.setup.interactions.iter().enumerate() {
            for actor in 0..self.cells.len() {
                let kind = self.cells[actor].kind;
                let Some(which) = interaction.actors.iter().position(|a| *a == kind) else { continue };
                if self.cells[actor].died.is_some() {
                    continue;
                }
                let base = self.law(&interaction.rate[which], actor);
                let mut targets = Vec::new();
                for target in self.touched(actor) {
                    let cell = &self.cells[target];
                    let state = if cell.died.is_none() { interaction.on.live } else { interaction.on.dead };
                    let harmless = match interaction.kind {
                        InteractionKind::Kill { damage, .. } => !cell.traits.contains_key(&damage),
                        _ => false,
                    };
                    let (r, antigen) = self.gate(interaction, actor, target);
                    if state && !harmless && interaction.targets.contains(&cell.kind) && r > 0.0 {
                        let pair = (self.cells[actor].id, cell.id);
                        let dice = &mut self.dice;
                        let drawn = *self.attention.entry(pair).or_insert_with(|| dice.waiting(1.0));
                        targets.push((target, r, antigen, drawn / (r * r * r * r)));
                    }
                }
                targets.sort_by(|a, b| a.3.total_cmp(&b.3));
                out.push(Reach { interaction: i, actor, base, targets });
            }
        }
        out
    }

    /// Rate at which an actor makes events on those that are there at a time, and on whom, with weights.
    fn pace(&self, reach: &Reach, fates: &[Fate], time: f64) -> (f64, Vec<f64>) {
        let interaction = &self.setup.interactions[reach.interaction];
        let there: Vec<f64> =
            reach.targets.iter().map(|t| if time < fates[t.0].time { t.1 } else { 0.0 }).collect();
        let first = there.iter().position(|r| *r > 0.0);
        let active = time < fates[reach.actor].time || fates[reach.actor].what == What::Divide;
        let (Some(first), true) = (first, active) else { return (0.0, there) };
        let one = interaction.attention == Attention::One && self.flaw != Flaw::Spreads;
        let r = if one { there[first] } else { there.iter().sum::<f64>().min(1.0) };
        let l = reach.base * r;
        let weights =
            if one { (0..there.len()).map(|i| f64::from(u8::from(i == first))).collect() } else { there };
        // A pause after each event: 1 / (h + 1/L).
        (l / (1.0 + l * interaction.cooldown), weights)
    }

    /// All contacts of the step. Fates of those lost to them are changed; traits when all is over.
    pub fn contacts(&mut self, fates: &mut [Fate]) {
        let dt = self.setup.clock.step;
        let reaches = self.reaches();
        let mut damages: BTreeMap<(usize, TraitId), Damage> = BTreeMap::new();
        let mut changes = Vec::new();
        let mut time = 0.0;
        while time < dt {
            let paces: Vec<(f64, Vec<f64>)> = reaches.iter().map(|r| self.pace(r, fates, time)).collect();
            let rates: Vec<f64> = paces.iter().map(|p| p.0).collect();
            let next = time + self.dice.waiting(rates.iter().sum());
            // Who is there changes with every fate: then all rates are asked for again.
            let change = fates.iter().map(|f| f.time).filter(|t| *t > time).fold(dt, f64::min);
            if next >= change {
                time = change;
                continue;
            }
            time = next;
            let which = self.dice.weighted(&rates).unwrap();
            let target = self.dice.weighted(&paces[which].1).unwrap();
            self.meet(&reaches[which], target, time, fates, &mut damages, &mut changes);
        }
        self.change_traits(&damages, &changes);
    }

    fn meet(
        &mut self,
        reach: &Reach,
        target: usize,
        time: f64,
        fates: &mut [Fate],
        damages: &mut BTreeMap<(usize, TraitId), Damage>,
        changes: &mut Vec<Change>,
    ) {
        let interaction = &self.setup.interactions[reach.interaction];
        let (target, _, antigen, _) = reach.targets[target];
        let mut lost = None;
        match interaction.kind {
            InteractionKind::Kill { damage, hit, lethal } => {
                let d = self.follow(target, damage, time, damages);
                d.value += hit;
                d.value = self.bounded(damage, d.value);
                if d.value >= lethal {
                    lost = Some(false);
                }
            }
            InteractionKind::Engulf => lost = Some(true),
            InteractionKind::Touch => {}
        }
        let own = interaction.to_self.iter().map(|c| (reach.actor, c));
        for (who, (of, amount)) in interaction.to_target.iter().map(|c| (target, c)).chain(own) {
            if damages.contains_key(&(who, *of)) {
                let value = self.follow(who, *of, time, damages).value + amount;
                damages.get_mut(&(who, *of)).unwrap().value = self.bounded(*of, value);
            } else {
                changes.push(Change::Add(who, *of, *amount));
            }
        }
        let take = |(of, share): &(TraitId, f64)| Change::Take {
            from: target,
            to: reach.actor,
            of: *of,
            share: *share,
        };
        changes.extend(interaction.take.iter().map(take));
        if let Some(engulfed) = lost {
            let cause = self.cause(interaction, reach.actor, antigen);
            fates[target] = Fate { time, what: What::Lost { engulfed, cause } };
        }
    }

    fn cause(&self, interaction: &Interaction, actor: usize, antigen: Option<TraitId>) -> String {
        let on = antigen.map_or("none", |a| &self.setup.traits[a.index()].id);
        let actor = &self.cells[actor];
        format!("{} by {} of {} on {on}", interaction.id, self.name(actor.kind), actor.origin.0)
    }

    /// The damage of a cell, as it has become by a time.
    fn follow<'d>(
        &self,
        cell: usize,
        of: TraitId,
        time: f64,
        damages: &'d mut BTreeMap<(usize, TraitId), Damage>,
    ) -> &'d mut Damage {
        let d = damages.entry((cell, of)).or_insert_with(|| {
            let (gain, loss) = self.gain_and_loss(cell, of);
            Damage { value: self.cells[cell].traits[&of], time: 0.0, gain, loss }
        });
        let loss = if self.flaw == Flaw::Unrepaired { 0.0 } else { d.loss };
        d.value = self.bounded(of, relaxed(d.value, d.gain, loss, time - d.time));
        d.time = time;
        d
    }

    pub fn gain_and_loss(&self, cell: usize, of: TraitId) -> (f64, f64) {
        let b = &self.setup.cell_types[self.cells[cell].kind.index()].behaviors;
        let own = b.dynamics.iter().find(|d| d.of == of).filter(|_| self.cells[cell].died.is_none());
        own.map_or((0.0, 0.0), |d| (self.law(&d.gain, cell), self.law(&d.loss, cell)))
    }

    /// Traits of live cells change by themselves, then by contact, in order of time.
    fn change_traits(&mut self, damages: &BTreeMap<(usize, TraitId), Damage>, changes: &[Change]) {
        let dt = self.setup.clock.step;
        let mut own = Vec::new();
        for cell in 0..self.cells.len() {
            for (of, x) in self.cells[cell].traits.clone() {
                let (gain, loss) = self.gain_and_loss(cell, of);
                own.push((cell, of, self.bounded(of, relaxed(x, gain, loss, dt))));
            }
        }
        for ((cell, of), d) in damages {
            own.push((*cell, *of, self.bounded(*of, relaxed(d.value, d.gain, d.loss, dt - d.time))));
        }
        for (cell, of, value) in own {
            self.cells[cell].traits.insert(of, value);
        }
        for change in changes {
            match *change {
                Change::Add(cell, of, amount) => self.add(cell, of, amount),
                Change::Take { from, to, of, share } => {
                    let Some(moved) = self.cells[from].traits.get(&of).map(|x| x * share) else { continue };
                    self.add(from, of, -moved);
                    self.add(to, of, moved);
                }
            }
        }
    }

    /// Only what a cell carries can change.
    fn add(&mut self, cell: usize, of: TraitId, amount: f64) {
        if let Some(x) = self.cells[cell].traits.get(&of).copied() {
            let value = self.bounded(of, x + amount);
            self.cells[cell].traits.insert(of, value);
        }
    }
}
