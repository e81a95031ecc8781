//! Endpoints in tests: a number of tumor cells written down look by look.

use super::Endpoints;
use crate::engine::State;
use crate::engine::fixture::put;
use crate::model::fixture::{TUMOR, count, endpoint, setup};
use crate::model::{EndpointKind, ObservableId, Setup};
use crate::observe::observable::{Look, Memory};
use crate::random::Streams;
use crate::record::EndpointValue;

/// The observable that [`follow`] drives: the number of tumor cells.
pub const CELLS: ObservableId = ObservableId(0);

/// A setup in which a step is a day and the clock starts on day 0, with these endpoints.
pub fn daily(kinds: Vec<EndpointKind>) -> Setup {
    let mut s = setup(10, 10);
    s.clock.step = 1440.0;
    count(&mut s, "cells", TUMOR);
    for (i, kind) in kinds.into_iter().enumerate() {
        endpoint(&mut s, &format!("e{i}"), kind);
    }
    s
}

/// Shows the endpoints one look per entry, with that many tumor cells; returns each endpoint's value and the
/// look at which it was reported.
pub fn follow(s: &Setup, seed: u64, cells: &[usize]) -> Vec<(EndpointValue, Option<usize>)> {
    let streams = Streams { seed };
    let mut endpoints = Endpoints::new(s, streams);
    let mut memory = Memory::new(s, streams);
    let mut reported = vec![None; s.endpoints.len()];
    for (n, &number) in cells.iter().enumerate() {
        let mut state = State::new(s);
        (0..number).for_each(|site| {
            put(s, &mut state, TUMOR, site, &[]);
        });
        state.placed = true;
        state.step = n as u32;
        let mut look = Look::new(s, &state, &mut memory);
        for e in endpoints.see(&mut look) {
            assert_eq!(reported[e.index()].replace(n), None, "reported twice");
        }
    }
    let rows = endpoints.rows(s, s.clock.time(cells.len() as u32 - 1));
    rows.into_iter().map(|r| r.value).zip(reported).collect()
}
