//! Which observable stands for a run where there is room for one: in the figure of growth and in the closing table.

use super::plan::Kept;
use super::protocol::{Protocol, Protocols};
use crate::model::{Endpoint, EndpointKind, Measure, Observable};

/// The observable that `survival` watches, else the first one that an endpoint watches; without such endpoints the first
/// volume, else the first number of cells, else the first that is recorded. Always one that the tables hold.
pub fn burden<'a>(protocols: &'a Protocols, kept: &Kept) -> Option<&'a Observable> {
    let recorded: Vec<&Observable> = protocols
        .recorded()
        .into_iter()
        .map(|(p, o)| &p.observables[o.index()])
        .filter(|o| kept.observable(&o.id))
        .collect();
    let mut endpoints: Vec<(&Protocol, &Endpoint)> =
        protocols.list.iter().flat_map(|p| p.endpoints.iter().map(move |e| (p, e))).collect();
    endpoints.sort_by_key(|(_, e)| e.id != "survival");
    let table = |o: &Observable| recorded.iter().copied().find(|r| r.id == o.id);
    let seen = endpoints.iter().find_map(|(p, e)| table(watched(p, e, 0)?));
    let first = |of: fn(&Measure) -> bool| recorded.iter().copied().find(|o| of(&o.measure));
    seen.or_else(|| first(|m| matches!(m, Measure::Volume { .. })))
        .or_else(|| first(|m| matches!(m, Measure::Count { .. })))
        .or_else(|| recorded.first().copied())
}

/// What an endpoint watches; of a combined one what its first watching member does.
fn watched<'a>(protocol: &'a Protocol, endpoint: &Endpoint, depth: usize) -> Option<&'a Observable> {
    match &endpoint.kind {
        EndpointKind::Cross { watch, .. } | EndpointKind::Change { watch, .. } => {
            Some(&protocol.observables[watch.observable.index()])
        }
        // A chain of members is no longer than the list of endpoints.
        EndpointKind::First { of } | EndpointKind::All { of, .. } if depth < protocol.endpoints.len() => {
            of.iter().find_map(|e| watched(protocol, &protocol.endpoints[e.index()], depth + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{TUMOR, count, endpoint, observe, setup};
    use crate::model::{EndpointId, From, ObservableId, Setup, Watched};

    /// Four observables are recorded: births, cells, volume, other.
    fn of(endpoints: &[(&str, EndpointKind)], recorded: &[u16]) -> Option<String> {
        let mut s: Setup = setup(2, 2);
        observe(&mut s, "births", Measure::Events { cause: "division".into(), of: None, antigen: None });
        count(&mut s, "cells", TUMOR);
        observe(&mut s, "volume", Measure::Volume { cells: vec![TUMOR] });
        count(&mut s, "other", TUMOR);
        endpoints.iter().for_each(|(id, kind)| {
            endpoint(&mut s, id, kind.clone());
        });
        s.recording.observables = recorded.iter().map(|i| ObservableId(*i)).collect();
        let mut protocols = Protocols::default();
        protocols.push(&s);
        burden(&protocols, &Kept::default()).map(|o| o.id.clone())
    }

    fn change(observable: u16) -> EndpointKind {
        let watch = Watched { observable: ObservableId(observable), visits: None, after: None };
        EndpointKind::Change { watch, from: From::Nadir, fold: 2.0, at_least: 0.0 }
    }

    #[test]
    fn what_endpoints_watch_comes_before_what_is_recorded_first() {
        let all = [0, 1, 2, 3];
        let some = |id: &str| Some(id.to_string());
        assert_eq!(of(&[], &all), some("volume"));
        assert_eq!(of(&[], &[0, 3]), some("other"));
        assert_eq!(of(&[], &[0]), some("births"));
        assert_eq!(of(&[], &[]), None);
        let grown = ("grown", change(1));
        assert_eq!(of(&[grown.clone(), ("late", change(3))], &all), some("cells"));
        // An observable that the tables lack cannot stand for anything.
        assert_eq!(of(&[grown.clone(), ("late", change(3))], &[0, 2, 3]), some("other"));
        assert_eq!(of(&[grown.clone(), ("survival", change(3))], &all), some("other"));
        let first = ("survival", EndpointKind::First { of: vec![EndpointId(0), EndpointId(1)] });
        let hazard = ("dropout", EndpointKind::Hazard { rate: crate::model::Law::constant(0.0) });
        assert_eq!(of(&[hazard, ("regrown", change(3)), first], &all), some("other"));
    }
}
