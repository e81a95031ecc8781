//! Watches one run and writes its record: endpoints, series, events, snapshots.
//!
//! Two duties that must not touch: what goes back into the state (values that rules, triggers and endpoints
//! read, computed at every step) and what goes into the record (at its own times). Only the first can change
//! a run.

use super::endpoint::Endpoints;
use super::observable::{Look, Memory, censored_column};
use super::tape::Tape;
use super::trigger::Visits;
use super::{events::EventBins, snapshot::snapshot};
use crate::engine::{Carry, Ended, Notice, State, Watch};
use crate::model::{CellTypeId, Measure, ObservableId, Scale, Setup, Signal, Trigger};
use crate::random::Streams;
use crate::record::{Outcome, RunRecord, Series, Snapshot};
use std::collections::BTreeSet;

/// Minutes per day.
const DAY: f64 = 1440.0;

/// Records one run. Series rows stand at the multiples of `recording.every` from the start of the clock on
/// (day 0 is one of them), at the first look at or after each; none is added at the end, so that the rows of
/// all runs align. Event bins end at the multiples of `recording.events`, the last one at the end of the run.
pub struct Recorder {
    seed: u64,
    memory: Memory,
    endpoints: Endpoints,
    /// Observables whose true value rules read, and those that triggers compare as they are measured: they go back into
    /// the state.
    ruling: BTreeSet<ObservableId>,
    triggering: BTreeSet<ObservableId>,
    /// Readings with a lag: followed at every look, so that what they show does not depend on who looks when.
    followed: Vec<ObservableId>,
    rows: Visits,
    series: Series,
    weigh: bool,
    bins: Visits,
    events: EventBins,
    pictures: bool,
    picture_times: Option<Visits>,
    snapshots: Vec<Snapshot>,
    /// Last time looked at, min.
    last: f64,
    cells_max: u64,
    /// Sections: weight at the last look with a live cell of the section's types, and whether that was this
    /// look.
    sighted: Option<(f64, bool)>,
    stopped_by: Option<String>,
}

impl Recorder {
    /// A recorder for one run of a setup with these streams. Snapshots cost memory and are kept only if asked
    /// for: at the times of `recording.snapshots`, and at the end.
    pub fn new(setup: &Setup, streams: Streams, with_snapshots: bool) -> Recorder {
        let recording = &setup.recording;
        let weigh = setup.domain.as_ref().is_some_and(|d| matches!(d.scale, Scale::Section { .. }));
        let mut columns: Vec<String> =
            recording.observables.iter().map(|o| setup.observables[o.index()].column()).collect();
        columns.extend(weigh.then(|| "section_weight".to_string()));
        columns.extend(censored(setup).filter_map(|o| censored_column(&setup.observables[o.index()])));
        // The first multiple of the interval at or after the start.
        let every = |every: f64| {
            let from = (setup.clock.start / every - 1e-9).ceil() * every;
            Visits::new(&Trigger::Every { every, from, times: None })
        };
        let pictures = recording.snapshots.as_ref().filter(|_| with_snapshots);
        Recorder {
            seed: streams.seed,
            memory: Memory::new(setup, streams),
            endpoints: Endpoints::new(setup, streams),
            ruling: read_by_rules(setup),
            triggering: read_by_triggers(setup),
            followed: (0..setup.observables.len() as u16)
                .map(ObservableId)
                .filter(|o| lagged(setup, *o))
                .collect(),
            rows: every(recording.every),
            series: Series { columns, ..Series::default() },
            weigh,
            bins: every(recording.events),
            events: EventBins::default(),
            pictures: with_snapshots,
            picture_times: pictures.map(Visits::new),
            snapshots: Vec::new(),
            last: setup.clock.start,
            cells_max: 0,
            sighted: None,
            stopped_by: None,
        }
    }

    /// Everything it remembers, as bytes; none where it does not fit into memory.
    pub fn remembered(&mut self) -> Option<Vec<u8>> {
        let mut tape = Tape::blank();
        self.keep(&mut tape);
        tape.written()
    }

    /// A recorder that goes on from what another remembered under the setup `carry.then`, which may be the same.
    ///
    /// # Errors
    /// Bytes that are not the memory of a recorder of such a run.
    pub fn resume(
        setup: &Setup,
        streams: Streams,
        with_snapshots: bool,
        remembered: &[u8],
        carry: &Carry,
    ) -> Result<Recorder, String> {
        let mut recorder = Recorder::new(setup, streams, with_snapshots);
        let columns = recorder.series.columns.clone();
        let mut tape = Tape::of(remembered);
        recorder.keep(&mut tape);
        if !tape.is_used_up() {
            return Err("what has been recorded cannot be read".to_string());
        }
        let Series { columns: read, time_day, values } = &recorder.series;
        let whole = time_day.len() == values.len() && values.iter().all(|row| row.len() == columns.len());
        if *read != columns || !whole {
            return Err("what has been recorded has other columns than the scenario".to_string());
        }
        recorder.events.carry(carry);
        if !with_snapshots {
            recorder.snapshots.clear();
        }
        Ok(recorder)
    }

    fn keep(&mut self, tape: &mut Tape) {
        self.memory.keep(tape);
        self.endpoints.keep(tape);
        self.rows.keep(tape);
        tape.keep(&mut self.series);
        self.bins.keep(tape);
        self.events.keep(tape);
        // Other snapshots may be asked for from here on.
        let mut asked = self.picture_times.is_some();
        tape.keep(&mut asked);
        if asked {
            let never = || Visits::new(&Trigger::At(Vec::new()));
            self.picture_times.get_or_insert_with(never).keep(tape);
        }
        tape.keep(&mut self.snapshots);
        tape.keep(&mut self.last);
        tape.keep(&mut self.cells_max);
        tape.keep(&mut self.sighted);
        tape.keep(&mut self.stopped_by);
    }

    /// The record of the run that ends with this state.
    pub fn finish(mut self, setup: &Setup, state: &State, ended: Ended) -> RunRecord {
        self.events.close(setup, &state.ledger, self.last / DAY);
        if self.pictures && self.snapshots.last().is_none_or(|s| s.time_day < self.last / DAY) {
            self.snapshots.extend(snapshot(setup, state, self.last / DAY));
        }
        let outcome = match (ended, self.stopped_by) {
            (Ended::Failed(fault), _) => Outcome::Failed { step: fault.step, what: fault.what },
            (Ended::Interrupted, _) => Outcome::Interrupted,
            (Ended::Complete | Ended::Stopped, Some(endpoint)) => Outcome::Stopped { endpoint },
            (Ended::Complete | Ended::Stopped, None) => Outcome::Finished,
        };
        RunRecord {
            seed: self.seed,
            outcome,
            steps: state.step,
            end_day: self.last / DAY,
            state_hash: state.hash().iter().map(|b| format!("{b:02x}")).collect(),
            cells_max: self.cells_max,
            final_weight: state.weight,
            unseen_below: self.sighted.filter(|(_, now)| !now).map(|(weight, _)| weight),
            endpoints: self.endpoints.rows(setup, self.last),
            series: self.series,
            events: self.events.rows,
            snapshots: self.snapshots,
        }
    }
}

impl Watch for Recorder {
    fn see(&mut self, setup: &Setup, state: &State) -> Notice {
        let mut look = Look::new(setup, state, &mut self.memory);
        let look = &mut look;
        self.last = look.time;
        self.cells_max = self.cells_max.max(state.layers.iter().map(|cells| cells.len() as u64).sum());

        if let Some(Scale::Section { of }) = setup.domain.as_ref().map(|d| &d.scale) {
            self.sighted = if alive(state, of) {
                Some((state.weight, true))
            } else {
                self.sighted.map(|(weight, _)| (weight, false))
            };
        }

        let reached = self.endpoints.see(look);
        let observed = self.ruling.iter().map(|id| (*id, look.value(*id))).collect();
        let measured = self.triggering.iter().map(|id| (*id, look.seen(*id))).collect();

        for id in &self.followed {
            look.value(*id);
        }
        if self.rows.due(look) {
            let mut row: Vec<f64> = setup.recording.observables.iter().map(|o| look.table(*o)).collect();
            setup.recording.observables.iter().for_each(|o| look.recorded(*o));
            row.extend(self.weigh.then_some(state.weight));
            row.extend(censored(setup).map(|o| flag(look, o)));
            self.series.time_day.push(look.time / DAY);
            self.series.values.push(row);
        }
        if self.bins.due(look) {
            self.events.close(setup, &state.ledger, look.time / DAY);
        }
        if self.picture_times.as_mut().is_some_and(|p| p.due(look)) {
            self.snapshots.extend(snapshot(setup, state, look.time / DAY));
        }

        let time = |e| self.endpoints.event(e).unwrap_or(f64::INFINITY);
        let ended = reached.iter().copied().filter(|e| setup.stop.contains(e));
        let first = ended.reduce(|a, b| if time(b) < time(a) { b } else { a });
        if let (Some(e), None) = (first, &self.stopped_by) {
            self.stopped_by = Some(setup.endpoints[e.index()].id.clone());
        }
        Notice { observed, measured, reached, stop: first.is_some() }
    }
}

/// Recorded readings whose values may be censored.
fn censored(setup: &Setup) -> impl Iterator<Item = ObservableId> {
    let recorded = setup.recording.observables.iter().copied();
    recorded.filter(|o| censored_column(&setup.observables[o.index()]).is_some())
}

/// -1 below the detectable range, 1 above, 0 within; missing with the value.
fn flag(look: &mut Look, id: ObservableId) -> f64 {
    if look.seen(id).is_nan() { f64::NAN } else { f64::from(look.beyond(id)) }
}

/// Whether a live cell of these types is on the lattice.
fn alive(state: &State, types: &[CellTypeId]) -> bool {
    state
        .layers
        .iter()
        .any(|cells| (0..cells.len()).any(|i| cells.alive(i) && types.contains(&cells.kind[i])))
}

/// Observables that rules read, in order.
fn read_by_rules(setup: &Setup) -> BTreeSet<ObservableId> {
    let signals = setup.signals.iter();
    signals.filter_map(|s| if let Signal::Observable(o) = s { Some(*o) } else { None }).collect()
}

/// Observables that triggers of the engine compare, in order. Visits look for themselves.
fn read_by_triggers(setup: &Setup) -> BTreeSet<ObservableId> {
    let placed = setup.places.iter().map(|p| &p.at);
    let dosed = setup.doses.iter().map(|d| &d.at);
    let removed = setup.removals.iter().map(|r| &r.at);
    placed.chain(dosed).chain(removed).filter_map(compared).collect()
}

fn compared(trigger: &Trigger) -> Option<ObservableId> {
    match trigger {
        Trigger::When { observable, .. } => Some(*observable),
        Trigger::At(_) | Trigger::Every { .. } | Trigger::After { .. } => None,
    }
}

/// Whether an observable is a reading with a lag, or built on one.
fn lagged(setup: &Setup, id: ObservableId) -> bool {
    match &setup.observables[id.index()].measure {
        Measure::Reading(model) => model.lag > 0.0 || model.terms.iter().any(|(o, _)| lagged(setup, *o)),
        _ => false,
    }
}
