//! What the end of a run says about the days after it.
//!
//! A run that reached the end of its clock says nothing about later days. A run that an endpoint ended says as much as
//! that endpoint means:
//!
//! | ended by | says |
//! |---|---|
//! | `cross` above, `change` with fold >= 1 | its observable stays high |
//! | `cross` below, `change` with fold < 1 | its observable stays low: at most the threshold, or the last value recorded |
//! | `hazard` | what raises its rate is high, what lowers it is low; one that reads nothing (dropout) says nothing |
//! | `first` | what the member says that came first |
//! | `all` | what its members say together; nothing where they disagree |
//!
//! High ranks above every number: the subject left because of it (at or above the endpoint). Low is a bound, which
//! enters ranks and logarithms as a number and is counted. What is said of an observable holds for others that measure
//! the same thing: readings of it, and sizes of the same mass (count without `where`, volume, radius; amount or
//! concentration of a pool) where the cell types of one are among those of the other. All other observables are
//! missing after the end: a mouse that died of its tumor has no number of T cells, neither high nor low.

use super::protocol::Protocol;
use crate::model::{
    EndpointId, EndpointKind, Measure, ObservableId, ObservedPlace, Response, Signal, Species, Term, Where,
};
use crate::record::{EndpointRow, EndpointValue, Outcome, RunRecord};
use serde::Serialize;

/// The endpoints of a run as tables and comparisons count them: who leaves by growth has progressed.
///
/// A `change` with fold >= 1 that was not seen before another endpoint ended the run is reached at that end, if the end
/// says that what it watches stays high. Else a mouse that outgrows the study between two visits would be censored just
/// because it grew. A `cross` is not: its threshold is a number that was not seen to be passed.
pub fn counted(protocol: &Protocol, record: &RunRecord) -> Vec<EndpointRow> {
    let ended = ended_by(protocol, record);
    let grown = |id: &str| {
        let of = protocol.endpoint(id).map(|e| &protocol.endpoints[e.index()].kind);
        match (ended, of) {
            (Some(ended), Some(EndpointKind::Change { watch, fold, .. })) if *fold >= 1.0 => {
                side(protocol, ended, watch.observable) == Some(Side::Above)
            }
            _ => false,
        }
    };
    let mut rows = record.endpoints.clone();
    for row in &mut rows {
        if let EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. } =
            &mut row.value
            && !*reached
            && grown(&row.id)
        {
            (*day, *reached) = (record.end_day, true);
        }
    }
    rows
}

/// On which side of what was seen an observable stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Above,
    Below,
}

impl Side {
    fn of(above: bool) -> Side {
        if above { Side::Above } else { Side::Below }
    }

    fn flipped(self) -> Side {
        Side::of(self == Side::Below)
    }
}

/// The endpoint that ended a run; of a `first` its earliest member, the first named where several came at once.
pub fn ended_by(protocol: &Protocol, record: &RunRecord) -> Option<EndpointId> {
    let Outcome::Stopped { endpoint } = &record.outcome else { return None };
    let mut ended = protocol.endpoint(endpoint)?;
    // A chain of `first` is no longer than the list of endpoints.
    for _ in 0..protocol.endpoints.len() {
        let EndpointKind::First { of } = &protocol.endpoints[ended.index()].kind else { break };
        let day = |e: &EndpointId| match record.endpoint(&protocol.endpoints[e.index()].id)? {
            EndpointValue::Time { day, reached: true } | EndpointValue::Visit { day, reached: true, .. } => {
                Some((*e, *day))
            }
            _ => None,
        };
        let earliest = of.iter().filter_map(day).reduce(|a, b| if b.1 < a.1 { b } else { a });
        let Some((first, _)) = earliest else { break };
        ended = first;
    }
    Some(ended)
}

/// Where an observable stays after an endpoint has ended a run; none where nothing is said of it.
pub fn side(protocol: &Protocol, ended: EndpointId, observable: ObservableId) -> Option<Side> {
    agreed(&said(protocol, ended, observable))
}

/// The number that an observable stays below, where the endpoint names one for just this observable.
pub fn bound(protocol: &Protocol, ended: EndpointId, observable: ObservableId) -> Option<f64> {
    match &protocol.endpoints[ended.index()].kind {
        EndpointKind::Cross { watch, above: false, threshold, .. } if watch.observable == observable => {
            Some(*threshold)
        }
        EndpointKind::All { of, .. } => of.iter().find_map(|e| bound(protocol, *e, observable)),
        _ => None,
    }
}

fn agreed(sides: &[Side]) -> Option<Side> {
    let first = *sides.first()?;
    sides.iter().all(|s| *s == first).then_some(first)
}

/// Everything that an endpoint says of an observable.
fn said(protocol: &Protocol, endpoint: EndpointId, observable: ObservableId) -> Vec<Side> {
    let of = |watched: ObservableId, above: bool| {
        same(&thing(protocol, watched), &thing(protocol, observable)).then_some(Side::of(above))
    };
    match &protocol.endpoints[endpoint.index()].kind {
        EndpointKind::Cross { watch, above, .. } => of(watch.observable, *above).into_iter().collect(),
        EndpointKind::Change { watch, fold, .. } => of(watch.observable, *fold >= 1.0).into_iter().collect(),
        EndpointKind::Hazard { rate } => {
            let raise = rate.increase.iter().map(|t| (t, Side::Above));
            let lower = rate.decrease.iter().map(|t| (t, Side::Below));
            let scale = rate.scale.iter().map(|t| (t, Side::of(t.target >= 1.0)));
            let terms = raise.chain(lower).chain(scale);
            terms.flat_map(|(term, side)| of_term(protocol, term, side, observable)).collect()
        }
        EndpointKind::First { of } => {
            // Which member it was is not known here: only what all of them say.
            let each: Vec<Option<Side>> = of.iter().map(|e| side(protocol, *e, observable)).collect();
            each.into_iter().collect::<Option<Vec<Side>>>().unwrap_or_default()
        }
        EndpointKind::All { of, .. } => of.iter().flat_map(|e| said(protocol, *e, observable)).collect(),
        EndpointKind::Response { .. } | EndpointKind::Summary { .. } | EndpointKind::Grade { .. } => {
            Vec::new()
        }
    }
}

/// What a term of a rate says of an observable, if the event means that the term acts towards `side`.
fn of_term(protocol: &Protocol, term: &Term, side: Side, observable: ObservableId) -> Vec<Side> {
    let wanted = thing(protocol, observable);
    let for_it = term.all.iter().chain(&term.any).map(|c| (c, side));
    let against = term.none.iter().map(|c| (c, side.flipped()));
    let read = for_it.chain(against).filter_map(|(condition, side)| {
        let rises = match condition.response {
            Response::Hill { .. } | Response::Above { .. } => true,
            Response::Linear { zero, one } => one > zero,
            Response::Below { .. } => false,
            Response::Window { .. } => return None,
        };
        let what = match &protocol.signals[condition.signal.index()] {
            Signal::Observable(o) => thing(protocol, *o),
            Signal::Amount { compartment, species } | Signal::Concentration { compartment, species } => {
                Thing::Mass(ObservedPlace::Compartment(*compartment), species.clone())
            }
            _ => return None,
        };
        same(&what, &wanted).then_some(if rises { side } else { side.flipped() })
    });
    read.collect()
}

/// What an observable measures.
enum Thing {
    /// How much there is of these, somewhere.
    Mass(ObservedPlace, Vec<Species>),
    /// Nothing but itself.
    Own(ObservableId),
}

fn thing(protocol: &Protocol, observable: ObservableId) -> Thing {
    let of = &protocol.observables[observable.index()];
    let cells = |cells: &[crate::model::CellTypeId]| {
        Thing::Mass(of.place, cells.iter().map(|c| Species::Cell(*c)).collect())
    };
    match &of.measure {
        Measure::Count { cells: counted, which } if unfiltered(which) => cells(counted),
        Measure::Volume { cells: seen } | Measure::Radius { cells: seen } => cells(seen),
        Measure::Pool { compartment, species, .. } => {
            Thing::Mass(ObservedPlace::Compartment(*compartment), species.clone())
        }
        // An instrument that rises with one observable shows that observable.
        Measure::Reading(model) => match model.terms[..] {
            [(term, slope)] if slope > 0.0 => thing(protocol, term),
            _ => Thing::Own(observable),
        },
        _ => Thing::Own(observable),
    }
}

/// Whether every cell of the types counts, live ones or all.
fn unfiltered(which: &Where) -> bool {
    which.origin.is_none() && which.clone.is_none() && which.of.is_none() && which.live
}

fn same(a: &Thing, b: &Thing) -> bool {
    let within = |a: &[Species], b: &[Species]| !a.is_empty() && a.iter().all(|s| b.contains(s));
    match (a, b) {
        (Thing::Own(a), Thing::Own(b)) => a == b,
        (Thing::Mass(here, a), Thing::Mass(there, b)) => here == there && (within(a, b) || within(b, a)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
