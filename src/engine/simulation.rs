//! One simulation: a setup, its plan, and the state it drives.

use super::books::Opening;
use super::grid::{Grid, Occupancy};
use super::plan::Plan;
use super::process::commit::{Unsettled, in_order, settled};
use super::process::decide::Fate;
use super::process::diffuse::{Field, Room};
use super::process::pools::PoolScratch;
use super::roster::Roster;
use super::{Spare, State, Watch};
use crate::field::FieldError;
use crate::model::Setup;
use crate::par;
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
    pub roster: &'a Roster,
}

impl<'a> View<'a> {
    /// None where there is no lattice.
    pub fn new(
        context: &Context<'a>,
        state: &'a State,
        occupancy: &'a [Occupancy],
        roster: &'a Roster,
    ) -> Option<View<'a>> {
        let Context { setup, plan, streams } = *context;
        let grid = plan.grid.as_ref()?;
        Some(View { setup, plan, streams, grid, state, occupancy, roster })
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
    pub(super) roster: Roster,
    pub(super) fields: Vec<Field>,
    pub(super) scratch: Scratch,
    /// Whether the doses of the step to come have been given: between two steps the state is first neither dosed nor
    /// looked at (a *border*), then dosed, then looked at.
    pub(super) dosed: bool,
    /// Whether the books are checked after every step.
    pub(super) checked: bool,
    pub(super) opening: Opening,
    pub state: State,
}

/// What a step needs room for, kept so that it need not be made anew.
#[derive(Default)]
pub struct Scratch {
    /// One `u64::MAX` per site between processes.
    pub claims: Vec<u64>,
    /// By layer.
    pub unsettled: Vec<Unsettled>,
    pub fates: Vec<Vec<Fate>>,
    pub spare: Spare,
    pub pools: PoolScratch,
    pub rooms: par::Rooms<Room>,
}

impl<'a> Simulation<'a> {
    /// A simulation before its first step, with what is given at the start.
    ///
    /// # Errors
    /// Where a field cannot be solved as asked (`spec` refuses such documents before).
    pub fn new(setup: &'a Setup, streams: Streams) -> Result<Simulation<'a>, FieldError> {
        let mut simulation = Simulation::from_border(setup, streams, State::new(setup))?;
        simulation.dose();
        Ok(simulation)
    }

    /// A simulation that goes on from the border between two steps: the same bits as one that never stopped. What falls
    /// due at the border is given from there on, so that two runs that differ only from this time on may share the state.
    ///
    /// # Errors
    /// As `new`.
    pub fn from_border(
        setup: &'a Setup,
        streams: Streams,
        state: State,
    ) -> Result<Simulation<'a>, FieldError> {
        let simulation = Simulation::from_state(setup, streams, state)?;
        Ok(Simulation { dosed: false, ..simulation })
    }

    /// A simulation that goes on from a state that has been dosed and looked at: the same bits as one that never stopped,
    /// in whatever order the cells of a layer stand.
    ///
    /// # Errors
    /// As `new`.
    pub fn from_state(
        setup: &'a Setup,
        streams: Streams,
        mut state: State,
    ) -> Result<Simulation<'a>, FieldError> {
        let plan = Plan::new(setup);
        let sites = setup.domain.as_ref().map_or(0, |d| d.lattice.sites());
        let mut occupancy: Vec<_> = state.layers.iter().map(|cells| Occupancy::of(cells, sites)).collect();
        for (cells, occupancy) in state.layers.iter_mut().zip(&mut occupancy) {
            in_order(cells, occupancy, &mut Spare::default());
        }
        let fields = Field::all(&Context { setup, plan: &plan, streams })?;
        let mut roster = Roster::new(setup.cell_types.len());
        roster.take(&state);
        let mut unsettled = vec![Unsettled::default(); state.layers.len()];
        settled(&state, &mut unsettled);
        let scratch = Scratch {
            claims: vec![u64::MAX; sites],
            unsettled,
            fates: vec![Vec::new(); state.layers.len()],
            ..Scratch::default()
        };
        let mut simulation = Simulation {
            setup,
            streams,
            plan,
            occupancy,
            roster,
            fields,
            scratch,
            dosed: true,
            checked: cfg!(debug_assertions),
            opening: Opening::default(),
            state,
        };
        simulation.open_books();
        Ok(simulation)
    }

    /// The same, its books checked after every step: a run whose books do not add up fails.
    pub fn checked(mut self) -> Simulation<'a> {
        self.checked = true;
        self
    }

    /// Steps to the end of the clock, until `watch` stops it, or until `at_border` says so, which is asked at every border
    /// and may keep what it sees: the state there and all that `watch` knows are where the run can be taken up again.
    pub fn run<W: Watch + ?Sized>(
        &mut self,
        watch: &mut W,
        at_border: &mut dyn FnMut(&State, &mut W) -> bool,
    ) -> Ended {
        let mut seen = self.dosed && self.state.step > 0;
        loop {
            if !self.dosed {
                if at_border(&self.state, watch) {
                    return Ended::Interrupted;
                }
                self.dose();
                if let Err(fault) = self.audit() {
                    return Ended::Failed(fault);
                }
            }
            if !seen && self.look(watch) {
                return Ended::Stopped;
            }
            seen = false;
            if self.state.step >= self.setup.clock.steps() {
                return Ended::Complete;
            }
            if let Err(fault) = self.advance() {
                return Ended::Failed(fault);
            }
        }
    }

    /// Checks the books where that is asked for.
    pub(super) fn audit(&self) -> Result<(), Fault> {
        if self.checked { self.check() } else { Ok(()) }
    }

    /// The watch phase: what was seen enters the state. True where the run is over.
    pub fn look<W: Watch + ?Sized>(&mut self, watch: &mut W) -> bool {
        let notice = watch.see(self.setup, &self.state);
        for (observable, value) in notice.observed {
            self.state.observed[observable.index()] = value;
        }
        for (observable, value) in notice.measured {
            self.state.measured[observable.index()] = value;
        }
        let now = self.state.time(self.setup);
        for endpoint in notice.reached {
            self.state.reached[endpoint.index()].get_or_insert(now);
        }
        notice.stop
    }
}
