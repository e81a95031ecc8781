//! The step, in the order in which it happens.
//!
//! dose -> flow -> diffuse -> sense -> decide -> propose -> resolve -> commit -> watch
//!
//! - *dose* first, so that what is given on a day acts from that day on;
//! - *flow* before *diffuse*, so that fields see the compartments and the cells of the same moment;
//! - *diffuse* before *sense*: cells feel the concentrations that their own sources of this step made;
//! - *sense, decide* look at a frozen state and change nothing: their order among cells cannot matter;
//! - deaths are committed before claims are granted, divisions before moves (a newborn does not move in its first step);
//!   sites freed by deaths are usable in the next step only;
//! - *watch* last: whoever looks sees the state between two steps, never half of one.

use super::process::{
    border, commit, decide, diffuse, divide, dose, interact, place, pools, removal, travel,
};
use super::schedule::due;
use super::simulation::{Context, Fault, Simulation, View};
use crate::lattice::filled;
use crate::model::Scale;

impl Simulation<'_> {
    /// One step. Fails where a number is no longer a number.
    pub fn step(&mut self) -> Result<(), Fault> {
        self.dose();
        self.flow();
        if self.state.placed && self.plan.grid.is_some() {
            self.diffuse()?;
            self.act();
        }
        self.state.step += 1;
        self.weigh();
        Ok(())
    }

    /// Places, removals and doses that fall into this step, in this order; running infusions.
    fn dose(&mut self) {
        let Simulation { setup, streams, plan, occupancy, state, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        for i in 0..setup.places.len() {
            while due(setup, state, &setup.places[i].at, state.fired.places[i], None) {
                place::place(&context, state, occupancy, i);
                state.fired.places[i] += 1;
                weigh(&context, state);
            }
        }
        for i in 0..setup.removals.len() {
            while due(setup, state, &setup.removals[i].at, state.fired.removals[i], state.removed[i]) {
                removal::remove(&context, state, occupancy, i);
                state.fired.removals[i] += 1;
            }
        }
        for i in 0..setup.doses.len() {
            while due(setup, state, &setup.doses[i].at, state.fired.doses[i], state.dosed[i]) {
                dose::begin(&context, state, occupancy, i);
                state.fired.doses[i] += 1;
            }
        }
        dose::infuse(&context, state, occupancy);
    }

    /// Compartments, then cells that enter the tissue.
    fn flow(&mut self) {
        let Simulation { setup, streams, plan, occupancy, state, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        if setup.compartments.is_empty() {
            return;
        }
        let dt = setup.clock.step / f64::from(setup.clock.pool_steps);
        for _ in 0..setup.clock.pool_steps {
            pools::step(&context, state, dt);
        }
        if state.placed && plan.grid.is_some() {
            border::enter(&context, state, occupancy);
        }
    }

    fn diffuse(&mut self) -> Result<(), Fault> {
        let Simulation { setup, streams, plan, occupancy, state, fields, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        diffuse::diffuse(&context, state, occupancy, fields)
    }

    /// Sense, decide, propose, resolve, commit.
    fn act(&mut self) {
        let Simulation { setup, streams, plan, occupancy, state, claims, .. } = self;
        let context = Context { setup, plan, streams: *streams };
        let (mut decisions, losses) = {
            let Some(view) = View::new(&context, state, occupancy) else { return };
            let mut decisions: Vec<_> =
                (0..state.layers.len()).map(|layer| decide::decide(&view, layer)).collect();
            let losses = interact::interact(&view, &mut decisions);
            (decisions, losses)
        };
        let Some(grid) = &plan.grid else { return };
        commit::apply(&context, state, &mut decisions, &losses);
        for layer in 0..state.layers.len() {
            let (decisions, occupancy) = (&mut decisions[layer], &mut occupancy[layer]);
            divide::divide(&context, grid, state, occupancy, decisions, layer);
            if plan.in_layer[layer].iter().any(|t| plan.types[t.index()].can_move) {
                travel::travel(&context, grid, state, occupancy, decisions, layer, claims);
            }
        }
        commit::sweep(state, occupancy, decisions);
    }

    /// The section's weight for the coming step.
    fn weigh(&mut self) {
        let context = Context { setup: self.setup, plan: &self.plan, streams: self.streams };
        weigh(&context, &mut self.state);
    }
}

/// w = 1 (whole), a constant, or max(1, 4 r / (3 dx)) with r of the disc of the sites that hold the section's cells.
fn weigh(context: &Context, state: &mut super::State) {
    let Some(domain) = &context.setup.domain else { return };
    state.weight = match &domain.scale {
        Scale::Whole => 1.0,
        Scale::Constant(w) => *w,
        Scale::Section { of } => {
            state.area = filled(&domain.lattice, &state.mask(&domain.lattice, of)) as u32;
            // In units of the spacing: 4/3 sqrt(A / pi).
            let w = 4.0 / 3.0 * (f64::from(state.area) / std::f64::consts::PI).sqrt();
            if w > 1.0 { w } else { 1.0 }
        }
    };
}
