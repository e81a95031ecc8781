//! figures.json: what the figures may know about columns. Groups follow from what each observable measures.

use crate::model::{EndpointId, EndpointKind, Measure, Observable, ObservableId, Species};
use crate::study::DAY;
use crate::study::after::{bound, side};
use crate::study::burden::burden;
use crate::study::comparison::Row;
use crate::study::plan::Plan;
use crate::study::protocol::{Protocol, Protocols, merged};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub fn captions(plan: &Plan, protocols: &Protocols, comparisons: &[Row]) -> Value {
    let recorded: Vec<(&Protocol, &Observable)> = protocols
        .recorded()
        .into_iter()
        .map(|(p, o)| (p, &p.observables[o.index()]))
        .filter(|(_, o)| plan.kept.observable(&o.id))
        .collect();
    let group = |wanted: &dyn Fn(&Measure) -> bool| -> Vec<String> {
        recorded.iter().filter(|(_, o)| wanted(&o.measure)).map(|(_, o)| o.column()).collect()
    };
    let exposure: Vec<String> =
        recorded.iter().filter(|(p, o)| is_exposure(p, o)).map(|(_, o)| o.column()).collect();
    let compared = plan.comparisons.iter().find_map(|c| {
        let (_, observable) = recorded.iter().find(|(_, o)| Some(&o.id) == c.observable.as_ref())?;
        let day = comparisons.iter().find(|row| row.comparison == c.id).and_then(|row| row.day);
        Some(json!({ "observable": observable.column(), "day": day.or(c.at.map(|at| at / DAY)) }))
    });
    json!({
        "title": plan.title,
        "arms": plan.arms.iter().map(|a| json!({ "id": a.id, "label": a.label })).collect::<Vec<_>>(),
        "groups": {
            "cell_counts": group(&|m| matches!(m, Measure::Count { .. })),
            "fields": merged(protocols.list.iter().map(|p| p.fields.iter().map(|f| f.1.clone()).collect())),
            "exposure": exposure,
            "specificities": group(&|m| matches!(m, Measure::Clones { .. })),
        },
        "units": recorded
            .iter()
            .map(|(_, o)| (o.column(), o.unit.clone()))
            .chain(plan.factors.iter().cloned().zip(plan.factor_units.iter().cloned()))
            .collect::<BTreeMap<_, _>>(),
        "labels": labels(plan, &recorded),
        "limit": recorded.iter().filter_map(|(_, o)| Some((o.column(), o.limit?))).collect::<BTreeMap<_, _>>(),
        "main": burden(protocols, &plan.kept).map(Observable::column),
        "endpoint": thresholds(protocols),
        "after": said(protocols, side),
        "bound": said(protocols, bound),
        "burden": compared.unwrap_or_else(|| json!({})),
        "factors": plan.factors,
        "claim": "Simulation; research use; no clinical decisions.",
    })
}

/// What documents call observables, by column, and other things, by part and id. Of several scenarios the first that says it.
fn labels(plan: &Plan, recorded: &[(&Protocol, &Observable)]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for arm in &plan.arms {
        for (part, id, label) in arm.scenario().labels() {
            let observable = || recorded.iter().find(|(_, o)| o.id == id).map(|(_, o)| o.column());
            let key = if part == "observable" { observable() } else { Some(format!("{part}.{id}")) };
            if let Some(key) = key {
                out.entry(key).or_insert_with(|| label.to_owned());
            }
        }
    }
    out
}

/// A concentration in a compartment, or the field of a substrate that is also measured there.
fn is_exposure(protocol: &Protocol, observable: &Observable) -> bool {
    match &observable.measure {
        Measure::Pool { concentration, .. } => *concentration,
        Measure::Field { substrate, .. } => protocol.recorded().any(|(_, o)| match &o.measure {
            Measure::Pool { species, concentration: true, .. } => {
                species.contains(&Species::Substrate(*substrate))
            }
            _ => false,
        }),
        _ => false,
    }
}

/// By endpoint that crosses a threshold, the observable that it watches, and the threshold by its side.
fn thresholds(protocols: &Protocols) -> Map<String, Value> {
    let mut out = Map::new();
    for protocol in &protocols.list {
        for endpoint in &protocol.endpoints {
            if let EndpointKind::Cross { watch, threshold, above, .. } = &endpoint.kind
                && !out.contains_key(&endpoint.id)
            {
                let column = protocol.observables[watch.observable.index()].column();
                let side = if *above { "above" } else { "below" };
                out.insert(endpoint.id.clone(), json!({ "observable": column, side: threshold }));
            }
        }
    }
    out
}

/// By endpoint and column, what `of` says of a run that the endpoint has ended; left out where protocols disagree.
fn said<T: Copy + PartialEq>(
    protocols: &Protocols,
    of: impl Fn(&Protocol, EndpointId, ObservableId) -> Option<T>,
) -> BTreeMap<String, BTreeMap<String, T>> {
    let mut said: BTreeMap<(String, String), Vec<Option<T>>> = BTreeMap::new();
    for protocol in &protocols.list {
        for endpoint in protocol.endpoints.iter().filter(|e| Protocol::is_time(&e.kind)) {
            let Some(id) = protocol.endpoint(&endpoint.id) else { continue };
            for (o, observable) in protocol.recorded() {
                let key = (endpoint.id.clone(), observable.column());
                said.entry(key).or_default().push(of(protocol, id, o));
            }
        }
    }
    let mut out: BTreeMap<String, BTreeMap<String, T>> = BTreeMap::new();
    for ((endpoint, column), each) in said {
        if let Some(one) = each[0].filter(|_| each.iter().all(|s| *s == each[0])) {
            out.entry(endpoint).or_default().insert(column, one);
        }
    }
    out
}
