//! How often something happened, by its cause.

use super::super::Entry;
use super::Look;
use crate::engine::{Cause, Entry as Line, Happening};
use crate::model::{CellTypeId, InteractionKind, Setup, TraitId};

pub const ENTRY: Entry = Entry {
    name: "events",
    unit: "cells",
    doc: "Number of events of a cause in the animal: in tables since the last record; for rules, triggers \
          and endpoints since the start, so that they do not depend on what is recorded. A cell that is engulfed \
          alive is one event.",
};

/// Events since the start, each counted with the weight of its time.
pub fn value(look: &mut Look, cause: &str, of: Option<&[CellTypeId]>, antigen: Option<&str>) -> f64 {
    let setup = look.setup;
    let mut sum = 0.0;
    for (entry, count) in &look.state.ledger.counts {
        let counts = of.is_none_or(|types| types.contains(&entry.cell))
            && antigen.is_none_or(|name| recognized(&entry.cause).is_some_and(|a| is_a(setup, a, name)))
            && name(setup, &entry.cause) == cause
            && !told_twice(setup, entry);
        if counts {
            sum += count.animal;
        }
    }
    sum
}

/// Engulfing a live cell stands in the books as its death and as its clearance, with one cause; engulfing a dead cell as
/// its clearance alone. The clearances are the events.
fn told_twice(setup: &Setup, entry: &Line) -> bool {
    match &entry.cause {
        Cause::Interaction { id, .. } => {
            entry.what == Happening::Death
                && matches!(setup.interactions[id.index()].kind, InteractionKind::Engulf)
        }
        _ => false,
    }
}

/// The word for a cause in tables: the id of what did it, the name of a death, "division", "blocked",
/// "convert.TYPE", "cleared".
pub fn name(setup: &Setup, cause: &Cause) -> String {
    match cause {
        Cause::Division => "division".into(),
        Cause::Blocked => "blocked".into(),
        Cause::Named(name) => name.clone(),
        Cause::Interaction { id, .. } => setup.interactions[id.index()].id.clone(),
        Cause::Conversion { to } => format!("convert.{}", setup.cell_types[to.index()].id),
        Cause::Flow(id) => setup.flows[id.index()].id.clone(),
        Cause::Place(i) => setup.places[usize::from(*i)].id.clone(),
        Cause::Dose(i) => setup.doses[usize::from(*i)].id.clone(),
        Cause::Removal(i) => setup.removals[usize::from(*i)].id.clone(),
        Cause::Cleared => "cleared".into(),
    }
}

fn recognized(cause: &Cause) -> Option<TraitId> {
    match cause {
        Cause::Interaction { antigen, .. } => *antigen,
        _ => None,
    }
}

/// Whether an antigen bears this name or is a kind of it.
fn is_a(setup: &Setup, antigen: TraitId, name: &str) -> bool {
    let antigen = &setup.traits[antigen.index()];
    antigen.id == name || antigen.kind_of.iter().any(|k| k == name)
}

#[cfg(test)]
mod tests {
    use super::super::{Look, Memory};
    use crate::engine::{Cause, Happening, State};
    use crate::model::fixture::{B7H3, CAR, KILL, NEO, T_CELL, TUMOR, observe, setup};
    use crate::model::{InteractionKind, Measure, Origin};
    use crate::random::Streams;

    #[test]
    fn kills_by_antigen_since_the_last_record_and_since_the_start() {
        let mut s = setup(2, 2);
        let mut events = |id: &str, of: Option<Vec<_>>, antigen: Option<&str>| {
            let cause = "car_kill".to_string();
            observe(&mut s, id, Measure::Events { cause, of, antigen: antigen.map(Into::into) })
        };
        let all = events("all", None, None);
        let seen = events("seen", Some(vec![TUMOR]), Some("b7h3"));
        let any = events("any", None, Some("tumor_antigen"));
        let none = events("none", Some(vec![T_CELL]), None);
        let mut state = State::new(&s);
        let kill = |antigen| Cause::Interaction { id: KILL, actor: T_CELL, origin: Origin::of(CAR), antigen };
        for (antigen, weight) in [(Some(B7H3), 10.0), (Some(B7H3), 20.0), (Some(NEO), 5.0), (None, 1.0)] {
            state.ledger.book(Happening::Death, TUMOR, kill(antigen), weight);
        }
        state.ledger.book(Happening::Death, TUMOR, Cause::Named("necrosis".into()), 100.0);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!([all, seen, any, none].map(|o| look.table(o)), [36.0, 30.0, 35.0, 0.0]);
        look.recorded(seen);
        state.ledger.book(Happening::Death, TUMOR, kill(Some(B7H3)), 7.0);
        let mut look = Look::new(&s, &state, &mut memory);
        assert_eq!(look.table(seen), 7.0);
        assert_eq!(look.value(seen), 37.0);
        assert_eq!(look.table(all), 43.0);
    }

    #[test]
    fn a_cell_engulfed_alive_counts_once_and_a_dead_one_too() {
        let mut s = setup(2, 2);
        s.interactions[KILL.index()].kind = InteractionKind::Engulf;
        let cause = "car_kill".to_string();
        let eaten = observe(&mut s, "eaten", Measure::Events { cause, of: None, antigen: None });
        let mut state = State::new(&s);
        let cause = Cause::Interaction { id: KILL, actor: T_CELL, origin: Origin::NATIVE, antigen: None };
        // As the engine books them: a live cell twice, a dead one once.
        state.ledger.book(Happening::Death, TUMOR, cause.clone(), 10.0);
        state.ledger.book(Happening::Clearance, TUMOR, cause.clone(), 10.0);
        state.ledger.book(Happening::Clearance, TUMOR, cause, 3.0);
        let mut memory = Memory::new(&s, Streams { seed: 1 });
        assert_eq!(Look::new(&s, &state, &mut memory).value(eaten), 13.0);
    }
}
