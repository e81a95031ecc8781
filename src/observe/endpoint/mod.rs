//! The kinds of endpoint, one file each. To add one: a file, a variant of `EndpointKind`, its arm in `begin`,
//! a line in `CATALOG`.
//!
//! Time to event: an event at the last look counts as an event; everything else is censored at the end of
//! follow-up. Unless a watch has its own beginning it begins on day 0, or once cells have been placed where
//! the setup places any.

mod all;
mod change;
mod cross;
mod eye;
mod first;
mod grade;
mod hazard;
mod misfit;
mod onset;
mod response;
mod summary;

use super::Entry;
use super::observable::Look;
use super::tape::Tape;
use crate::model::{Endpoint, EndpointId, EndpointKind, Setup, Take};
use crate::random::Streams;
use crate::record::{EndpointRow, EndpointValue};
use serde::{Deserialize, Serialize};

/// Minutes per day.
const DAY: f64 = 1440.0;

/// Every kind of endpoint, by name.
pub const CATALOG: &[Entry] = &[
    all::ENTRY,
    change::ENTRY,
    cross::ENTRY,
    first::ENTRY,
    grade::ENTRY,
    hazard::ENTRY,
    misfit::ENTRY,
    response::ENTRY,
    summary::ENTRY,
];

/// What endpoints can know of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    /// Time of the event, min.
    event: Option<f64>,
    /// Whether the condition holds at this look.
    holds: bool,
    /// Value so far.
    number: Option<f64>,
}

/// One look, as endpoints see it.
struct Moment<'m, 'a> {
    look: &'m mut Look<'a>,
    /// Watches without their own beginning have begun.
    begun: bool,
    /// Cells have been placed, or none ever will be.
    placed: bool,
    /// The endpoints, those that this one builds on already at this look.
    others: &'m [Seen],
}

/// Follows one endpoint through a run.
trait Watcher {
    /// Called at every look, in order of time.
    fn see(&mut self, at: &mut Moment);

    /// What other endpoints may know of this one.
    fn seen(&self) -> Seen;

    /// Everything that changes from look to look, to a tape or from it.
    fn keep(&mut self, tape: &mut Tape);

    /// The result; `end` is the last time that was looked at, min.
    fn value(&self, end: f64) -> EndpointValue;
}

/// All endpoints of a setup.
pub struct Endpoints {
    watchers: Vec<Box<dyn Watcher>>,
    /// Those that others build on come first.
    order: Vec<usize>,
    seen: Vec<Seen>,
    reported: Vec<bool>,
}

impl Endpoints {
    pub fn new(setup: &Setup, streams: Streams) -> Endpoints {
        let n = setup.endpoints.len();
        let mut order = Vec::new();
        let mut visited = vec![false; n];
        for e in 0..n {
            visit(setup, e, &mut visited, &mut order);
        }
        Endpoints {
            watchers: setup.endpoints.iter().map(|e| begin(setup, streams, e)).collect(),
            order,
            seen: vec![Seen::default(); n],
            reported: vec![false; n],
        }
    }

    /// Shows one look to every endpoint; returns those that have occurred and were not reported before.
    pub fn see(&mut self, look: &mut Look) -> Vec<EndpointId> {
        let placed = look.state.placed || look.setup.places.is_empty();
        let begun = placed && look.time >= -1e-8 * look.setup.clock.step;
        for &e in &self.order {
            let mut at = Moment { look: &mut *look, begun, placed, others: &self.seen };
            self.watchers[e].see(&mut at);
            self.seen[e] = self.watchers[e].seen();
        }
        let mut new = Vec::new();
        for (e, seen) in self.seen.iter().enumerate() {
            if seen.event.is_some() && !self.reported[e] {
                self.reported[e] = true;
                new.push(EndpointId(e as u16));
            }
        }
        new
    }

    /// To a tape or from it.
    pub fn keep(&mut self, tape: &mut Tape) {
        self.watchers.iter_mut().for_each(|w| w.keep(tape));
        tape.keep_all(&mut self.seen);
        tape.keep_all(&mut self.reported);
    }

    /// Time of an event, min.
    pub fn event(&self, endpoint: EndpointId) -> Option<f64> {
        self.seen[endpoint.index()].event
    }

    /// One row per endpoint, in order of the setup.
    pub fn rows(&self, setup: &Setup, end: f64) -> Vec<EndpointRow> {
        let rows = self.watchers.iter().zip(&setup.endpoints).map(|(watcher, of)| {
            let value = watcher.value(end);
            let unit = if matches!(value, EndpointValue::Value(_)) { of.unit.clone() } else { String::new() };
            EndpointRow { id: of.id.clone(), unit, value }
        });
        rows.collect()
    }
}

/// Depth first: what an endpoint builds on, then itself. Circles are refused before a setup is made.
fn visit(setup: &Setup, e: usize, visited: &mut [bool], order: &mut Vec<usize>) {
    if visited[e] {
        return;
    }
    visited[e] = true;
    match &setup.endpoints[e].kind {
        EndpointKind::First { of } | EndpointKind::All { of, .. } => {
            of.iter().for_each(|o| visit(setup, o.index(), visited, order));
        }
        EndpointKind::Grade { of, .. } => visit(setup, of.index(), visited, order),
        _ => {}
    }
    order.push(e);
}

fn begin(setup: &Setup, streams: Streams, of: &Endpoint) -> Box<dyn Watcher> {
    match &of.kind {
        EndpointKind::Cross { watch, above, threshold, for_ } => {
            Box::new(cross::Cross::new(setup, watch, *above, *threshold, *for_))
        }
        EndpointKind::Change { watch, from, fold, at_least } => {
            Box::new(change::Change::new(setup, watch, *from, *fold, *at_least))
        }
        EndpointKind::Hazard { rate } => Box::new(hazard::Hazard::new(streams, of.purpose, rate)),
        EndpointKind::First { of } => Box::new(first::First::new(of)),
        EndpointKind::All { of, for_ } => Box::new(all::All::new(of, *for_)),
        EndpointKind::Response { observable, complete, partial, progress, at_least, visits } => {
            let bounds = response::Bounds {
                complete: *complete,
                partial: *partial,
                progress: *progress,
                at_least: *at_least,
            };
            Box::new(response::Response::new(*observable, bounds, visits))
        }
        EndpointKind::Summary { observable, take: Take::Misfit(data), .. } => {
            Box::new(misfit::Misfit::new(*observable, data))
        }
        EndpointKind::Summary { observable, take, from, to } => {
            let limit = setup.observables[observable.index()].limit;
            Box::new(summary::Summary::new(*observable, take.clone(), [*from, *to], limit))
        }
        EndpointKind::Grade { of, cuts } => Box::new(grade::Grade::new(*of, cuts)),
    }
}

#[cfg(test)]
mod fixture;

#[cfg(test)]
mod tests {
    use super::CATALOG;

    #[test]
    fn the_catalog_is_sorted_and_says_something() {
        assert!(CATALOG.windows(2).all(|w| w[0].name < w[1].name));
        assert!(CATALOG.iter().all(|e| e.doc.len() > 20));
    }
}
