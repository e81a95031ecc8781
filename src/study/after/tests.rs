//! What ends say, kind by kind.

use super::*;
use crate::model::fixture::{BLOOD, DRUG, EXHAUSTION, T_CELL, TUMOR, count, endpoint, observe, setup};
use crate::model::{Condition, From, Law, Measure, Reading, Setup, SignalId, Watched};
use crate::record::Series;

/// Tumor cells 0, their volume 1, T cells 2, a reading of the volume 3, exhausted tumor cells 4, drug in blood 5 and its
/// concentration 6.
fn observed() -> Setup {
    let mut s = setup(4, 4);
    count(&mut s, "cells", TUMOR);
    let volume = observe(&mut s, "volume", Measure::Volume { cells: vec![TUMOR, T_CELL] });
    count(&mut s, "t_cells", T_CELL);
    let model = |terms| Reading { terms, offset: 1.0, lag: 0.0, cv: 0.1, sd: 0.0, floor: None, detect: None };
    observe(&mut s, "mri", Measure::Reading(model(vec![(volume, 2.0)])));
    let which = Where { of: Some(EXHAUSTION), above: Some(1.0), ..Where::default() };
    observe(&mut s, "exhausted", Measure::Count { cells: vec![TUMOR], which });
    for (id, concentration) in [("drug", false), ("drug_level", true)] {
        let species = vec![Species::Substrate(DRUG)];
        observe(&mut s, id, Measure::Pool { compartment: BLOOD, species, concentration });
    }
    s
}

const ALL: usize = 7;

fn watch(observable: u16) -> Watched {
    Watched { observable: ObservableId(observable), visits: None, after: None }
}

fn cross(observable: u16, above: bool) -> EndpointKind {
    EndpointKind::Cross { watch: watch(observable), above, threshold: 80.0, for_: 0.0 }
}

/// What an endpoint says of every observable: +, - or nothing.
fn says(s: &Setup, endpoint: &str) -> String {
    let protocol = Protocol::of(s);
    let id = protocol.endpoint(endpoint).unwrap();
    let word = |o: usize| match side(&protocol, id, ObservableId(o as u16)) {
        Some(Side::Above) => '+',
        Some(Side::Below) => '-',
        None => '.',
    };
    (0..ALL).map(word).collect()
}

#[test]
fn crossings_and_changes_speak_of_the_mass_they_watch() {
    let mut s = observed();
    endpoint(&mut s, "grown", cross(1, true));
    endpoint(&mut s, "cleared", cross(0, false));
    endpoint(&mut s, "scan", cross(3, true));
    endpoint(&mut s, "t_high", cross(2, true));
    endpoint(&mut s, "level", cross(6, false));
    for (id, fold) in [("doubled", 2.0), ("halved", 0.5)] {
        let kind = EndpointKind::Change { watch: watch(0), from: From::Nadir, fold, at_least: 0.0 };
        endpoint(&mut s, id, kind);
    }
    // The volume holds both types, so that either count is part of it; the counts are not the same thing.
    assert_eq!(says(&s, "grown"), "++++...");
    assert_eq!(says(&s, "cleared"), "--.-...");
    assert_eq!(says(&s, "scan"), "++++...");
    assert_eq!(says(&s, "t_high"), ".+++...");
    assert_eq!(says(&s, "level"), ".....--");
    assert_eq!(says(&s, "doubled"), "++.+...");
    assert_eq!(says(&s, "halved"), "--.-...");
    let protocol = Protocol::of(&s);
    let at = |e: &str, o: u16| bound(&protocol, protocol.endpoint(e).unwrap(), ObservableId(o));
    assert_eq!([at("cleared", 0), at("cleared", 1), at("grown", 1)], [Some(80.0), None, None]);
}

#[test]
fn a_hazard_speaks_of_what_bends_it() {
    let mut s = observed();
    s.signals = vec![
        Signal::Observable(ObservableId(1)),
        Signal::Amount { compartment: BLOOD, species: vec![Species::Substrate(DRUG)] },
        Signal::Time,
    ];
    let hill =
        |signal| Condition { signal: SignalId(signal), response: Response::Hill { half: 1.0, power: 2.0 } };
    let term = |all, none, target| Term {
        rule: "r".into(),
        all,
        any: vec![],
        none,
        target,
        live: true,
        dead: false,
    };
    let mut hazard = |id: &str, law: Law| {
        endpoint(&mut s, id, EndpointKind::Hazard { rate: law });
    };
    hazard("dropout", Law::constant(0.1));
    hazard("old_age", Law { increase: vec![term(vec![hill(2)], vec![], 1.0)], ..Law::default() });
    hazard("death", Law { increase: vec![term(vec![hill(0)], vec![], 1.0)], ..Law::default() });
    hazard("relief", Law { decrease: vec![term(vec![hill(1)], vec![], 0.0)], ..Law::constant(0.1) });
    hazard("lack", Law { increase: vec![term(vec![], vec![hill(1)], 1.0)], ..Law::default() });
    hazard("spared", Law { scale: vec![term(vec![hill(0)], vec![], 0.5)], ..Law::constant(0.1) });
    let both = vec![term(vec![hill(0)], vec![], 1.0), term(vec![], vec![hill(0)], 1.0)];
    hazard("either", Law { increase: both, ..Law::default() });
    assert_eq!(says(&s, "dropout"), ".......");
    assert_eq!(says(&s, "old_age"), ".......");
    assert_eq!(says(&s, "death"), "++++...");
    assert_eq!(says(&s, "relief"), ".....--");
    assert_eq!(says(&s, "lack"), ".....--");
    assert_eq!(says(&s, "spared"), "----...");
    assert_eq!(says(&s, "either"), ".......");
}

fn record(outcome: Outcome, end_day: f64, endpoints: Vec<EndpointRow>) -> RunRecord {
    RunRecord {
        seed: 1,
        outcome,
        steps: 1,
        end_day,
        state_hash: String::new(),
        cells_max: 0,
        final_weight: 1.0,
        unseen_below: None,
        endpoints,
        series: Series::default(),
        events: vec![],
        snapshots: vec![],
    }
}

#[test]
fn who_leaves_by_growth_has_progressed() {
    let mut s = observed();
    let change = |observable, fold| EndpointKind::Change {
        watch: watch(observable),
        from: From::Nadir,
        fold,
        at_least: 0.0,
    };
    for (id, kind) in [
        ("grown", cross(1, true)),
        ("cleared", cross(0, false)),
        ("progressed", change(0, 2.0)),
        ("halved", change(0, 0.5)),
        ("t_cells_doubled", change(4, 2.0)),
        ("larger", cross(0, true)),
        ("seen_before", change(0, 2.0)),
    ] {
        endpoint(&mut s, id, kind);
    }
    let protocol = Protocol::of(&s);
    let reached = |outcome: Outcome| -> Vec<(f64, bool)> {
        let visit = |day, reached| EndpointValue::Visit { after_day: 7.0, day, reached };
        let row = |id: &str, value| EndpointRow { id: id.into(), unit: String::new(), value };
        let rows = ["progressed", "halved", "t_cells_doubled", "larger"].map(|id| row(id, visit(7.0, false)));
        let seen = row("seen_before", visit(14.0, true));
        let record = record(outcome, 16.5, rows.into_iter().chain([seen]).collect());
        let day = |e: EndpointRow| match e.value {
            EndpointValue::Visit { after_day: 7.0, day, reached } => (day, reached),
            other => panic!("{other:?}"),
        };
        counted(&protocol, &record).into_iter().map(day).collect()
    };
    let by = |id: &str| reached(Outcome::Stopped { endpoint: id.into() });
    let censored = (7.0, false);
    assert_eq!(by("grown"), [(16.5, true), censored, censored, censored, (14.0, true)]);
    for as_seen in [by("cleared"), reached(Outcome::Finished)] {
        assert_eq!(as_seen, [censored, censored, censored, censored, (14.0, true)]);
    }
}

#[test]
fn of_several_the_one_that_came_first_speaks_and_together_they_add_up() {
    let mut s = observed();
    let grown = endpoint(&mut s, "grown", cross(0, true));
    let cleared = endpoint(&mut s, "cleared", cross(0, false));
    let level = endpoint(&mut s, "level", cross(5, true));
    let inner = endpoint(&mut s, "inner", EndpointKind::First { of: vec![cleared, grown] });
    endpoint(&mut s, "end", EndpointKind::First { of: vec![level, inner] });
    endpoint(&mut s, "both", EndpointKind::All { of: vec![grown, level], for_: 0.0 });
    endpoint(&mut s, "odd", EndpointKind::All { of: vec![grown, cleared, level], for_: 0.0 });
    assert_eq!(says(&s, "both"), "++.+.++");
    assert_eq!(says(&s, "odd"), ".....++");
    assert_eq!(says(&s, "end"), ".......");
    let protocol = Protocol::of(&s);
    let ended = |days: [Option<f64>; 3], outcome: Outcome| {
        let ids = ["grown", "cleared", "level"];
        let row = |(id, day): (&str, Option<f64>)| EndpointRow {
            id: id.into(),
            unit: String::new(),
            value: EndpointValue::Time { day: day.unwrap_or(9.0), reached: day.is_some() },
        };
        let earliest = days.iter().flatten().copied().fold(9.0, f64::min);
        let mut endpoints: Vec<EndpointRow> = ids.into_iter().zip(days).map(row).collect();
        let inner = [days[0], days[1]].into_iter().flatten().fold(9.0, f64::min);
        endpoints.push(row(("inner", (inner < 9.0).then_some(inner))));
        endpoints.push(row(("end", (earliest < 9.0).then_some(earliest))));
        let record = record(outcome, earliest, endpoints);
        ended_by(&protocol, &record).map(|e| protocol.endpoints[e.index()].id.clone())
    };
    let stopped = || Outcome::Stopped { endpoint: "end".into() };
    assert_eq!(ended([Some(5.0), None, None], stopped()).as_deref(), Some("grown"));
    assert_eq!(ended([Some(5.0), Some(4.0), None], stopped()).as_deref(), Some("cleared"));
    assert_eq!(ended([Some(5.0), Some(4.0), Some(3.0)], stopped()).as_deref(), Some("level"));
    // At once: the first named.
    assert_eq!(ended([Some(4.0), Some(4.0), None], stopped()).as_deref(), Some("cleared"));
    assert_eq!(ended([Some(5.0), None, None], Outcome::Finished), None);
}
