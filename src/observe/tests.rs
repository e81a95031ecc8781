//! The recorder over a whole run: what it writes when, and that it changes nothing.

use super::Recorder;
use crate::engine::fixture::put;
use crate::engine::{Cause, Ended, Fault, Happening, Notice, Simulation, State, Watch};
use crate::model::fixture::{TUMOR, count, endpoint, observe, setup};
use crate::model::{
    Clock, EndpointKind, Hazard, Law, Measure, ObservableId, Pattern, PlaceCells, Placement, Reading,
    Recording, Region, Scale, Setup, Shape, Signal, Trigger, Watched,
};
use crate::random::{Purpose, Streams};
use crate::record::{EndpointValue, Outcome, RunRecord};

/// Looks at a tumor that gains one cell per step (each booked as a birth) until the recorder stops it or the
/// clock ends.
fn run(s: &Setup, pictures: bool, looks: u32) -> (RunRecord, Vec<Notice>) {
    let mut recorder = Recorder::new(s, Streams { seed: 7 }, pictures);
    let mut state = State::new(s);
    let mut notices = Vec::new();
    for n in 0..looks {
        state.step = n;
        state.placed = true;
        if n > 0 {
            put(s, &mut state, TUMOR, n as usize, &[]);
            state.weight = 1.0 + f64::from(n);
            state.ledger.book(Happening::Birth, TUMOR, Cause::Division, state.weight);
        }
        let notice = recorder.see(s, &state);
        let stop = notice.stop;
        notices.push(notice);
        if stop {
            break;
        }
    }
    (recorder.finish(s, &state, Ended::Complete), notices)
}

fn reading(of: ObservableId) -> Measure {
    let (terms, lag) = (vec![(of, 1.0)], 60.0);
    Measure::Reading(Reading { terms, offset: 0.0, lag, cv: 0.1, sd: 0.0, floor: None, detect: None })
}

fn above(observable: ObservableId, threshold: f64) -> EndpointKind {
    let watch = Watched { observable, visits: None, after: None };
    EndpointKind::Cross { watch, above: true, threshold, for_: 0.0 }
}

/// A packed disc of tumor cells on day 0.
fn place(number: f64) -> PlaceCells {
    PlaceCells {
        id: "tumor".into(),
        purpose: Purpose::of("place.tumor"),
        cell: TUMOR,
        placement: Placement::Count(number),
        region: Region {
            shape: Shape::Disc,
            center: None,
            radius: None,
            inner: 0.0,
            size: [0.0; 3],
            cells: vec![],
        },
        pattern: Pattern::Packed,
        traits: vec![],
        at: Trigger::At(vec![0.0]),
    }
}

/// Count (read by a rule), a lagged noisy reading of it (read by an endpoint), births.
fn example() -> (Setup, [ObservableId; 3]) {
    let mut s = setup(10, 10);
    s.clock.start = -100.0;
    let cells = count(&mut s, "cells", TUMOR);
    let read = observe(&mut s, "read", reading(cells));
    let cause = "division".to_string();
    let births = observe(&mut s, "births", Measure::Events { cause, of: None, antigen: None });
    s.signals.push(Signal::Observable(cells));
    endpoint(&mut s, "far", above(read, 1e9));
    s.recording.every = 60.0;
    s.recording.observables = vec![cells, births, read];
    s.recording.events = 120.0;
    (s, [cells, read, births])
}

#[test]
fn rows_stand_at_multiples_of_the_interval_and_count_events_since_the_last() {
    let (mut s, _) = example();
    s.domain.as_mut().unwrap().scale = Scale::Section { of: vec![TUMOR] };
    let (record, _) = run(&s, false, 9);
    assert_eq!(record.series.columns, ["cells", "births", "read", "section_weight"]);
    // Looks at -100, -70, -40, -10, 20, 50, 80, 110, 140: the first at or after -60, 0, 60, 120.
    let minutes: Vec<f64> = record.series.time_day.iter().map(|t| (t * 1440.0).round()).collect();
    assert_eq!(minutes, [-40.0, 20.0, 80.0, 140.0]);
    let column = |c: usize| -> Vec<f64> { record.series.values.iter().map(|row| row[c]).collect() };
    assert_eq!(column(0), [2.0 * 3.0, 4.0 * 5.0, 6.0 * 7.0, 8.0 * 9.0]);
    // Births at looks 1..8 weigh 2..9.
    assert_eq!(column(1), [5.0, 9.0, 13.0, 17.0]);
    assert_eq!(column(3), [3.0, 5.0, 7.0, 9.0]);
    // Bins end at the first looks at or after 0 and 120.
    let births: Vec<f64> = record.events.iter().map(|e| e.count).collect();
    assert_eq!(births, [14.0, 30.0]);
    assert_eq!((record.cells_max, record.steps, record.final_weight), (8, 8, 9.0));
    assert_eq!(record.outcome, Outcome::Finished);
    assert_eq!(record.endpoint("far"), Some(&EndpointValue::Time { day: 140.0 / 1440.0, reached: false }));
    assert_eq!((record.state_hash.len(), record.unseen_below), (64, None));
}

#[test]
fn a_censored_reading_is_flagged_beside_its_value() {
    let (mut s, [cells, read, births]) = example();
    let Measure::Reading(mut model) = reading(cells) else { unreachable!() };
    (model.lag, model.cv, model.detect) = (0.0, 0.0, Some([10.0, 50.0]));
    s.observables[read.index()].measure = Measure::Reading(model);
    s.recording.observables = vec![read, births];
    let (record, _) = run(&s, false, 9);
    assert_eq!(record.series.columns, ["read", "births", "read_censored"]);
    // The truth is 6, 20, 42, 72.
    let column = |c: usize| -> Vec<f64> { record.series.values.iter().map(|row| row[c]).collect() };
    assert_eq!(column(0), [10.0, 20.0, 42.0, 50.0]);
    assert_eq!(column(2), [-1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn what_is_recorded_changes_neither_the_notices_nor_the_values_at_common_times() {
    let (often, [cells, read, births]) = example();
    let (mut seldom, _) = example();
    seldom.recording.every = 180.0;
    seldom.recording.observables = vec![read];
    seldom.recording.events = 1e6;
    let mut pictured = often.clone();
    let when =
        Trigger::When { observable: births, above: true, threshold: 8.0, every: 0.0, delay: 0.0, times: 2 };
    pictured.recording.snapshots = Some(when);
    let (one, notices) = run(&often, false, 12);
    let (two, same) = run(&seldom, false, 12);
    let (three, again) = run(&pictured, true, 12);
    assert_eq!(notices, same);
    assert_eq!(notices, again);
    assert_eq!(one.state_hash, two.state_hash);
    // A rule reads the count; an endpoint looks at the reading by itself; nobody reads the births.
    assert!(notices.iter().all(|n| n.observed.iter().map(|o| o.0).eq([cells]) && n.measured.is_empty()));
    for (time, row) in two.series.time_day.iter().zip(&two.series.values) {
        if let Some(i) = one.series.time_day.iter().position(|t| t == time) {
            assert_eq!(one.series.values[i][2], row[0]);
        }
    }
    // Births of 9 at look 3 and the next look; and the end.
    let looks: Vec<f64> = three.snapshots.iter().map(|p| (p.time_day * 1440.0 + 100.0) / 30.0).collect();
    assert_eq!(looks.iter().map(|l| l.round()).collect::<Vec<_>>(), [3.0, 4.0, 11.0]);
    assert!(one.snapshots.is_empty());
}

#[test]
fn an_endpoint_ends_the_run_and_the_last_bin_is_closed_there() {
    let (mut s, [cells, ..]) = example();
    // 4 cells x weight 5 on day 20/1440.
    let survival = endpoint(&mut s, "survival", above(cells, 19.0));
    s.stop = vec![survival];
    let (record, notices) = run(&s, false, 12);
    assert_eq!(notices.len(), 5);
    assert_eq!(notices[4].reached, [survival]);
    assert_eq!(record.outcome, Outcome::Stopped { endpoint: "survival".into() });
    assert_eq!(record.endpoint("survival"), Some(&EndpointValue::Time { day: 20.0 / 1440.0, reached: true }));
    assert_eq!(record.events.iter().map(|e| e.count).sum::<f64>(), 14.0);
    assert_eq!(record.end_day, 20.0 / 1440.0);
}

#[test]
fn a_run_that_is_broken_or_interrupted_is_censored_where_it_was_last_seen() {
    let (s, _) = example();
    for (ending, name) in [
        (Ended::Interrupted, "interrupted"),
        (Ended::Failed(Fault { step: 1, what: "oxygen at site 3".into() }), "failed"),
    ] {
        let mut recorder = Recorder::new(&s, Streams { seed: 7 }, false);
        let mut state = State::new(&s);
        recorder.see(&s, &state);
        state.step = 1;
        recorder.see(&s, &state);
        let record = recorder.finish(&s, &state, ending);
        assert_eq!(record.outcome.name(), name);
        assert_eq!(
            record.endpoint("far"),
            Some(&EndpointValue::Time { day: -70.0 / 1440.0, reached: false })
        );
    }
}

#[test]
fn a_section_without_live_tumor_says_what_it_cannot_see() {
    let (mut s, _) = example();
    s.domain.as_mut().unwrap().scale = Scale::Section { of: vec![TUMOR] };
    let mut state = State::new(&s);
    let mut recorder = Recorder::new(&s, Streams { seed: 7 }, false);
    recorder.see(&s, &state);
    put(&s, &mut state, TUMOR, 4, &[]);
    (state.step, state.weight) = (1, 6.5);
    recorder.see(&s, &state);
    state.layers[0].death[0] = 1;
    for (step, weight) in [(2, 6.0), (3, 1.0)] {
        (state.step, state.weight) = (step, weight);
        recorder.see(&s, &state);
    }
    let record = recorder.finish(&s, &state, Ended::Complete);
    assert_eq!((record.final_weight, record.unseen_below), (1.0, Some(6.5)));
}

#[test]
fn a_simulation_has_the_same_bits_whoever_watches_it() {
    let (mut s, [cells, ..]) = example();
    s.clock = Clock { start: 0.0, end: 6000.0, step: 60.0, pool_steps: 1 };
    let purpose = Purpose::of("cell_type.tumor.divide");
    s.cell_types[TUMOR.index()].behaviors.divide =
        Some(Hazard { to: (), rate: Law::constant(1e-3), purpose });
    s.places.push(place(12.0));
    let survival = endpoint(&mut s, "survival", above(cells, 60.0));
    let simulate = |s: &Setup, pictures: bool| {
        let streams = Streams { seed: 11 };
        let mut simulation = Simulation::new(s, streams).unwrap();
        let mut recorder = Recorder::new(s, streams, pictures);
        let ended = simulation.run(&mut recorder, &mut |_, _| false);
        recorder.finish(s, &simulation.state, ended)
    };
    let full = simulate(&s, true);
    let mut bare = s.clone();
    let none = Recording { observables: vec![], snapshots: None, ..s.recording.clone() };
    bare.recording = Recording { every: 6000.0, events: 6000.0, ..none };
    let bare = simulate(&bare, false);
    assert_eq!((&full.state_hash, &full.endpoints), (&bare.state_hash, &bare.endpoints));
    assert_eq!((full.outcome.name(), full.steps, full.series.time_day.len()), ("finished", 100, 101));
    // What the series counts, the events say and the endpoint found is one story.
    let last = full.series.values.last().unwrap();
    let born: f64 = full.series.values.iter().map(|row| row[1]).sum();
    let booked: f64 = full.events.iter().filter(|e| e.event == "birth").map(|e| e.count).sum();
    assert_eq!((last[0], booked), (12.0 + born, born));
    let Some(EndpointValue::Time { day, reached: true }) = full.endpoint("survival") else {
        panic!("{full:?}")
    };
    let first = full.series.values.iter().position(|row| row[0] > 60.0).unwrap();
    assert_eq!(*day, full.series.time_day[first]);
    // The same run, ended by its endpoint, is the same up to there.
    s.stop = vec![survival];
    let stopped = simulate(&s, false);
    assert_eq!(stopped.outcome, Outcome::Stopped { endpoint: "survival".into() });
    assert_eq!((stopped.end_day, stopped.steps as usize), (*day, first));
    assert_eq!(stopped.endpoint("survival"), full.endpoint("survival"));
    assert_eq!(stopped.series.values[..], full.series.values[..=first]);
}

#[test]
fn watches_wait_for_the_first_cells_where_some_will_be_placed() {
    let (mut s, [cells, ..]) = example();
    let below = EndpointKind::Cross {
        watch: Watched { observable: cells, visits: None, after: None },
        above: false,
        threshold: 2.0,
        for_: 0.0,
    };
    let gone = endpoint(&mut s, "gone", below);
    s.clock.start = 0.0;
    let see = |s: &Setup| {
        let state = State::new(s);
        Recorder::new(s, Streams { seed: 7 }, false).see(s, &state).reached
    };
    assert_eq!(see(&s), [gone]);
    s.places.push(place(1.0));
    assert!(see(&s).is_empty());
}
