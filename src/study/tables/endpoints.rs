//! Endpoints as columns of runs.csv: `ID_day` and `ID_event`, with visits `ID_after` before them, a value as `ID` with
//! its unit, a category as `ID`.

use crate::model::{Endpoint, EndpointKind};
use crate::record::{Cell, EndpointRow, EndpointValue};
use crate::study::plan::Kept;
use crate::study::protocol::{Protocol, Protocols, merged};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of all protocols, by id; where an id means different things in different arms it has the columns of all.
pub fn columns(protocols: &Protocols, kept: &Kept) -> Vec<String> {
    let all = || protocols.list.iter().flat_map(|p| &p.endpoints).filter(|e| kept.endpoint(&e.id));
    let ids: BTreeSet<&str> = all().map(|e| e.id.as_str()).collect();
    let of = |id: &&str| merged(all().filter(|e| e.id == *id).map(columns_of));
    ids.iter().flat_map(of).collect()
}

/// Columns of one endpoint, as its kind has them.
fn columns_of(endpoint: &Endpoint) -> Vec<String> {
    let id = endpoint.id.as_str();
    match &endpoint.kind {
        EndpointKind::Cross { watch, .. } | EndpointKind::Change { watch, .. } if watch.visits.is_some() => {
            visit(id).to_vec()
        }
        kind if Protocol::is_time(kind) => time(id).to_vec(),
        EndpointKind::Response { .. } => vec![id.to_string()],
        _ => vec![units::column(id, &endpoint.unit)],
    }
}

/// Cells of a run's endpoints by their columns.
pub fn cells(rows: &[EndpointRow]) -> BTreeMap<String, Cell> {
    let mut out = BTreeMap::new();
    for row in rows {
        match &row.value {
            EndpointValue::Time { day, reached } => {
                out.extend(time(&row.id).into_iter().zip([(*day).into(), Cell::Int(i64::from(*reached))]));
            }
            EndpointValue::Visit { after_day, day, reached } => {
                let cells = [(*after_day).into(), (*day).into(), Cell::Int(i64::from(*reached))];
                out.extend(visit(&row.id).into_iter().zip(cells));
            }
            EndpointValue::Value(v) => {
                out.insert(units::column(&row.id, &row.unit), (*v).into());
            }
            EndpointValue::Category(text) => {
                out.insert(row.id.clone(), text.as_str().into());
            }
        }
    }
    out
}

fn time(id: &str) -> [String; 2] {
    ["day", "event"].map(|c| format!("{id}_{c}"))
}

fn visit(id: &str) -> [String; 3] {
    ["after", "day", "event"].map(|c| format!("{id}_{c}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{TUMOR, count, endpoint, setup};
    use crate::model::{ObservableId, Setup, Take, Trigger, Watched};
    use crate::observe::Recorder;
    use crate::random::Streams;

    const CELLS: ObservableId = ObservableId(0);

    fn cross(visits: Option<Trigger>) -> EndpointKind {
        let watch = Watched { observable: CELLS, visits, after: None };
        EndpointKind::Cross { watch, above: true, threshold: 1.0, for_: 0.0 }
    }

    fn with(kinds: Vec<(&str, EndpointKind)>) -> Setup {
        let mut s = setup(2, 2);
        count(&mut s, "cells", TUMOR);
        for (id, kind) in kinds {
            endpoint(&mut s, id, kind);
        }
        s
    }

    fn summary() -> EndpointKind {
        EndpointKind::Summary { observable: CELLS, take: Take::Max, from: f64::MIN, to: f64::MAX }
    }

    #[test]
    fn headers_are_the_union_by_id() {
        let mut protocols = Protocols::default();
        protocols.push(&with(vec![("late", cross(None))]));
        let mut second = with(vec![("early", cross(Some(Trigger::At(vec![0.0])))), ("late", summary())]);
        second.endpoints[1].unit = "mm^3".into();
        protocols.push(&second);
        let columns = columns(&protocols, &Kept::default());
        assert_eq!(
            columns,
            ["early_after", "early_day", "early_event", "late_mm3", "late_day", "late_event"]
        );
        let kept = Kept { endpoints: Some(vec!["early".into()]), observables: None };
        assert_eq!(super::columns(&protocols, &kept), ["early_after", "early_day", "early_event"]);
    }

    #[test]
    fn every_kind_fills_just_the_columns_that_it_announces() {
        let visits = || Trigger::Every { every: 60.0, from: 0.0, times: None };
        let response = EndpointKind::Response {
            observable: CELLS,
            complete: 0.0,
            partial: 0.5,
            progress: 1.2,
            at_least: 0.0,
            visits: visits(),
        };
        let s = with(vec![
            ("a", cross(None)),
            ("b", cross(Some(visits()))),
            ("c", EndpointKind::Hazard { rate: crate::model::Law::constant(0.0) }),
            ("d", summary()),
            ("e", EndpointKind::Grade { of: crate::model::EndpointId(3), cuts: vec![1.0] }),
            ("f", EndpointKind::First { of: vec![] }),
            ("g", EndpointKind::All { of: vec![], for_: 0.0 }),
            ("h", response),
        ]);
        let mut protocols = Protocols::default();
        protocols.push(&s);
        let state = crate::engine::State::new(&s);
        let record =
            Recorder::new(&s, Streams { seed: 1 }, false).finish(&s, &state, crate::engine::Ended::Complete);
        let mut announced = columns(&protocols, &Kept::default());
        announced.sort();
        assert_eq!(cells(&record.endpoints).into_keys().collect::<Vec<_>>(), announced);
    }
}
