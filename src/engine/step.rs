//! The step, in the order in which it happens.
//!
//! flow -> diffuse -> sense -> decide -> propose -> resolve -> commit -> dose -> watch
//!
//! - *flow* before *diffuse*, so that fields see the compartments and the cells of the same moment;
//! - *diffuse* before *sense*: cells feel the concentrations that their own sources of this step made;
//! - *sense, decide* look at a frozen state and change nothing: their order among cells cannot matter;
//! - deaths are committed before claims are granted, divisions before moves (a newborn does not move in its first step);
//!   sites freed by deaths are usable in the next step only;
//! - *dose* gives what falls due in the step to come, so that it acts from its time on and whoever looks at that time sees
//!   it; before the first step it is done once for the start. A trigger that compares an observable knows what the last
//!   look saw. Before it lies the border of the step, where a checkpoint is taken (`Simulation::run`);
//! - *watch* last: whoever looks sees the state between two steps, never half of one.

use super::process::diffuse::Chemistry;
use super::process::divide::Ground;
use super::process::interact::Contacts;
use super::process::{border, commit, decide, diffuse, divide, dose, place, pools, removal, settle, travel};
use super::roster::Roster;
use super::schedule::{Follower, Remembered};
use super::simulation::{Context, Fault, Scratch, Simulation, View};
use super::{Followers, State};
use crate::lattice::{closed, revolution};
use crate::model::{CellTypeId, Scale, Setup, Trigger};
use std::ops::Range;

impl Simulation<'_> {
    /// One step, and what falls due in the next. Fails where a number is no longer a number.
    pub fn step(&mut self) -> Result<(), Fault> {
        self.advance()?;
        self.dose();
        self.audit()
    }

    /// One step up to the border of the next.
    pub(super) fn advance(&mut self) -> Result<(), Fault> {
        self.dosed = false;
        self.flow();
        if self.state.placed && self.plan.grid.is_some() {
            self.diffuse()?;
            self.act();
        }
        self.state.step += 1;
        self.weigh();
        Ok(())
    }

    /// Places, removals and doses that fall into the step that begins now, in this order; running infusions.
    pub(super) fn dose(&mut self) {
        let Simulation { setup, streams, plan, occupancy, roster, scratch, state, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        let now = state.time(setup);
        let mut touched = !state.infusions.is_empty();
        for i in plan.placing.iter().copied() {
            for firing in due(setup, state, now, |f| &mut f.places[i], &setup.places[i].at) {
                place::place(&context, state, occupancy, i, firing);
                roster.take(state);
                weigh(&context, state, roster);
                touched = true;
            }
        }
        for i in 0..setup.removals.len() {
            for _ in due(setup, state, now, |f| &mut f.removals[i], &setup.removals[i].at) {
                removal::remove(&context, state, occupancy, &mut scratch.spare, i);
                touched = true;
            }
        }
        for i in 0..setup.doses.len() {
            for firing in due(setup, state, now, |f| &mut f.doses[i], &setup.doses[i].at) {
                dose::begin(&context, state, occupancy, i, firing);
                touched = true;
            }
        }
        dose::infuse(&context, state, occupancy);
        if touched {
            for (cells, occupancy) in state.layers.iter_mut().zip(occupancy) {
                commit::in_order(cells, occupancy, &mut scratch.spare);
            }
            roster.take(state);
            weigh(&context, state, roster);
        }
        commit::settled(state, &mut scratch.unsettled);
        self.dosed = true;
    }

    /// Compartments, then cells that enter the tissue.
    fn flow(&mut self) {
        let Simulation { setup, streams, plan, occupancy, roster, scratch, state, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        if setup.compartments.is_empty() {
            return;
        }
        let dt = setup.clock.step / f64::from(setup.clock.pool_steps);
        for _ in 0..setup.clock.pool_steps {
            pools::step(&context, state, &mut scratch.pools, dt);
        }
        if state.placed && plan.grid.is_some() {
            border::enter(&context, state, occupancy, roster);
        }
    }

    fn diffuse(&mut self) -> Result<(), Fault> {
        let Simulation { setup, streams, plan, occupancy, roster, scratch, state, fields, checked, .. } =
            self;
        let context = Context { setup, plan, streams: *streams };
        let chemistry = Chemistry { fields, rooms: &scratch.rooms, audit: *checked };
        diffuse::diffuse(&context, state, occupancy, roster, &chemistry)
    }

    /// Sense, decide, propose, resolve, commit.
    fn act(&mut self) {
        let Simulation { setup, streams, plan, occupancy, roster, scratch, state, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        let Scratch { claims, unsettled, fates, spare, .. } = scratch;
        let (decisions, settled) = {
            let Some(view) = View::new(&context, state, occupancy, roster) else { return };
            let room = fates.iter_mut().map(std::mem::take);
            let mut decisions: Vec<_> =
                room.enumerate().map(|(layer, room)| decide::decide(&view, layer, room)).collect();
            let contacts = Contacts::draw(&view);
            let settled = settle::settle(&view, &contacts, &mut decisions);
            (decisions, settled)
        };
        let Some(grid) = &plan.grid else { return };
        for layer in &decisions {
            commit::traits(&context, state, roster, &layer.dynamics);
        }
        settle::apply(&context, state, &settled.edits);
        commit::fates(&context, state, &decisions, &settled.losses, unsettled);
        for (layer, decisions) in decisions.into_iter().enumerate() {
            let (occupancy, unsettled) = (&mut occupancy[layer], &mut unsettled[layer]);
            let mut ground = Ground {
                state: &mut *state,
                occupancy: &mut *occupancy,
                claims,
                moved: &mut unsettled.moved,
            };
            divide::divide(&context, grid, &mut ground, &decisions, layer);
            travel::travel(&context, grid, &mut ground, &decisions, layer);
            commit::sweep(&mut state.layers[layer], occupancy, unsettled, spare);
            fates[layer] = decisions.fates;
        }
        roster.take(state);
    }

    /// The section's weight for the coming step.
    fn weigh(&mut self) {
        let context = Context { setup: self.setup, plan: &self.plan, streams: self.streams };
        weigh(&context, &mut self.state, &self.roster);
    }
}

/// The firings of a trigger in the step that begins now, by their number since the start.
fn due(
    setup: &Setup,
    state: &mut State,
    now: f64,
    follower: impl Fn(&mut Followers) -> &mut Follower,
    trigger: &Trigger,
) -> Range<u32> {
    let mut next = follower(&mut state.followers).clone();
    let fired = next.in_step(trigger, &setup.clock, now, &mut Remembered(state));
    let numbers = next.fired - fired..next.fired;
    *follower(&mut state.followers) = next;
    numbers
}

/// w = 1 (whole), a constant, or what a site of the section stands for in the body that rotation makes of its mass. A
/// change of w changes how many cells of the animal the cells of the lattice stand for, and is booked.
fn weigh(context: &Context, state: &mut State, roster: &Roster) {
    let Some(domain) = &context.setup.domain else { return };
    let weight = match &domain.scale {
        Scale::Whole => 1.0,
        Scale::Constant(w) => *w,
        Scale::Section { of } => {
            let mass = closed(&domain.lattice, &state.mask(&domain.lattice, of));
            state.area = mass.iter().filter(|held| **held).count() as u32;
            revolution(&domain.lattice, &mass)
        }
    };
    if weight != state.weight {
        for (kind, rescaled) in state.ledger.rescaled.iter_mut().enumerate() {
            *rescaled += (weight - state.weight) * roster.count(CellTypeId(kind as u16)) as f64;
        }
        state.weight = weight;
    }
}
