//! The ledger of a run, cut into bins of time.

use super::observable::cause_name;
use super::tape::Tape;
use crate::engine::{Carry, Cause, Entry, Ledger};
use crate::model::Setup;
use crate::record::EventRow;
use std::collections::BTreeMap;

/// Rows so far, and the books at the end of the last bin.
#[derive(Default)]
pub struct EventBins {
    pub rows: Vec<EventRow>,
    counted: BTreeMap<Entry, f64>,
}

impl EventBins {
    /// To a tape or from it.
    pub fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.rows);
        tape.keep(&mut self.counted);
    }

    /// Takes the lines of the books to another setup.
    pub fn carry(&mut self, carry: &Carry) {
        self.counted = carry.counts(&self.counted);
    }

    /// Ends a bin: what the ledger has gained since the last one, in cells of the animal. Actors of several
    /// origins are one row.
    pub fn close(&mut self, setup: &Setup, ledger: &Ledger, time_day: f64) {
        let mut bin: BTreeMap<[String; 5], f64> = BTreeMap::new();
        for (entry, count) in &ledger.counts {
            let before = self.counted.insert(entry.clone(), count.animal).unwrap_or(0.0);
            if count.animal != before {
                *bin.entry(words(setup, entry)).or_insert(0.0) += count.animal - before;
            }
        }
        for ([event, cell_type, cause, actor, antigen], count) in bin {
            self.rows.push(EventRow { time_day, event, cell_type, cause, actor, antigen, count });
        }
    }
}

/// Event, cell type, cause, actor, antigen.
fn words(setup: &Setup, entry: &Entry) -> [String; 5] {
    let (actor, antigen) = match &entry.cause {
        Cause::Interaction { actor, antigen, .. } => (
            setup.cell_types[actor.index()].id.clone(),
            antigen.map_or(String::new(), |a| setup.traits[a.index()].id.clone()),
        ),
        _ => (String::new(), String::new()),
    };
    let cell = setup.cell_types[entry.cell.index()].id.clone();
    [entry.what.name().into(), cell, cause_name(setup, &entry.cause), actor, antigen]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Happening;
    use crate::model::Origin;
    use crate::model::fixture::{B7H3, CAR, KILL, T_CELL, TUMOR, setup};

    #[test]
    fn bins_hold_differences_and_nothing_else() {
        let s = setup(2, 2);
        let (mut ledger, mut bins) = (Ledger::default(), EventBins::default());
        let kill = |origin| Cause::Interaction { id: KILL, actor: T_CELL, origin, antigen: Some(B7H3) };
        ledger.book(Happening::Birth, TUMOR, Cause::Division, 2.0);
        bins.close(&s, &ledger, 1.0);
        ledger.book(Happening::Death, TUMOR, kill(Origin::NATIVE), 3.0);
        ledger.book(Happening::Death, TUMOR, kill(Origin::of(CAR)), 4.0);
        bins.close(&s, &ledger, 2.0);
        bins.close(&s, &ledger, 3.0);
        ledger.book(Happening::Birth, TUMOR, Cause::Division, 5.0);
        bins.close(&s, &ledger, 3.5);
        let row = |time_day, event: &str, cause: &str, actor: &str, antigen: &str, count| EventRow {
            time_day,
            event: event.into(),
            cell_type: "tumor".into(),
            cause: cause.into(),
            actor: actor.into(),
            antigen: antigen.into(),
            count,
        };
        let expected = [
            row(1.0, "birth", "division", "", "", 2.0),
            row(2.0, "death", "car_kill", "t_cell", "b7h3", 7.0),
            row(3.5, "birth", "division", "", "", 5.0),
        ];
        assert_eq!(bins.rows, expected);
    }
}
