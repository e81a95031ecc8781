//! One simulation: a setup, its plan, and the state it drives.

use super::grid::{Grid, Occupancy};
use super::plan::Plan;
use super::process::diffuse::FieldTerms;
use super::{State, Watch};
use crate::field::FieldError;
use crate::model::Setup;
use crate::random::Streams;

/// What a process may read besides the state.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub setup: &'a Setup,
    pub plan: &'a Plan,
    pub streams: Streams,
}

/// A frozen world: what cells look at while they sense and decide.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub setup: &'a Setup,
    pub plan: &'a Plan,
    pub streams: Streams,
    pub grid: &'a Grid,
    pub state: &'a State,
    /// By layer.
    pub occupancy: &'a [Occupancy],
}

impl<'a> View<'a> {
    /// None where there is no lattice.
    pub fn new(context: &Context<'a>, state: &'a State, occupancy: &'a [Occupancy]) -> Option<View<'a>> {
        let Context { setup, plan, streams } = *context;
        let grid = plan.grid.as_ref()?;
        Some(View { setup, plan, streams, grid, state, occupancy })
    }
}

/// A number that is no number: the run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub step: u32,
    pub what: String,
}

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The last step is done.
    Complete,
    /// A watched endpoint ended it.
    Stopped,
    /// Somebody asked.
    Interrupted,
    Failed(Fault),
}

pub struct Simulation<'a> {
    pub(super) setup: &'a Setup,
    pub(super) streams: Streams,
    pub(super) plan: Plan,
    /// Rebuilt from the state, never saved.
    pub(super) occupancy: Vec<Occupancy>,
    pub(super) fields: Vec<FieldTerms>,
    pub(super) claims: Vec<u64>,
    pub state: State,
}

impl<'a> Simulation<'a> {
    /// A simulation before its first step.
    ///
    /// # Errors
    /// Where a field cannot be solved as asked (`spec` refuses such documents before).
    pub fn new(setup: &'a Setup, streams: Streams) -> Result<Simulation<'a>, FieldError> {
        Simulation::from_state(setup, streams, State::new(setup))
    }

    /// A simulation that goes on from a state: the same bits as one that never stopped.
    ///
    /// # Errors
    /// As `new`.
    pub fn from_state(
        setup: &'a Setup,
        streams: Streams,
        state: State,
    ) -> Result<Simulation<'a>, FieldError> {
        let plan = Plan::new(setup);
        let sites = setup.domain.as_ref().map_or(0, |d| d.lattice.sites());
        let occupancy = state.layers.iter().map(|cells| Occupancy::of(cells, sites)).collect();
        let fields = FieldTerms::new(&Context { setup, plan: &plan, streams })?;
        Ok(Simulation { setup, streams, plan, occupancy, fields, claims: vec![u64::MAX; sites], state })
    }

    /// Steps to the end of the clock, until `watch` stops it, or until `interrupted` says so between two steps.
    pub fn run(&mut self, watch: &mut dyn Watch, interrupted: &dyn Fn() -> bool) -> Ended {
        if self.state.step == 0 && self.look(watch) {
            return Ended::Stopped;
        }
        while self.state.step < self.setup.clock.steps() {
            if interrupted() {
                return Ended::Interrupted;
            }
            if let Err(fault) = self.step() {
                return Ended::Failed(fault);
            }
            if self.look(watch) {
                return Ended::Stopped;
            }
        }
        Ended::Complete
    }

    /// The watch phase: what was seen enters the state. True where the run is over.
    pub fn look(&mut self, watch: &mut dyn Watch) -> bool {
        let notice = watch.see(self.setup, &self.state);
        for (observable, value) in notice.observed {
            self.state.observed[observable.index()] = value;
        }
        let now = self.state.time(self.setup);
        for endpoint in notice.reached {
            self.state.reached[endpoint.index()].get_or_insert(now);
        }
        notice.stop
    }
}
