//! Which pictures of the lattice a run keeps, and what they take on the disk.
//!
//! Pictures are what is large in a folder: only the first replicate of the first subject of an arm keeps them. A single
//! scenario also keeps how it ended; in a study the ends of runs lie on days of their own and compare nothing.

use super::DAY;
use crate::model::{Setup, Trigger};
use crate::record::RunRecord;
use serde::Serialize;

/// Pictures of one run. Part of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Pictures {
    None,
    /// At the times of `record.snapshots`, and at the end.
    AskedAndEnd,
    /// At the times of `record.snapshots`; at the end only where there would be none.
    Asked,
}

impl Pictures {
    pub fn any(self) -> bool {
        self != Pictures::None
    }

    /// Drops the picture of the end where nobody asked for it.
    pub fn keep(self, setup: &Setup, record: &mut RunRecord) {
        let unasked = |day: f64| {
            day >= record.end_day && setup.recording.snapshots.as_ref().is_some_and(|t| !asked(t, setup, day))
        };
        if self == Pictures::Asked && record.snapshots.len() > 1 {
            record.snapshots.pop_if(|s| unasked(s.time_day));
        }
    }

    /// About how many pictures a run keeps that lasts as long as its clock.
    pub fn expected(self, setup: &Setup) -> f64 {
        let (from, to) = (setup.clock.start.max(0.0), setup.clock.end);
        let times = match &setup.recording.snapshots {
            _ if !self.any() || setup.domain.is_none() => return 0.0,
            None => return 1.0,
            Some(Trigger::At(times)) => times.iter().filter(|t| **t <= to).count() as f64,
            Some(Trigger::Every { every, from: first, times }) => {
                let room = (to - first.max(from)).max(0.0) / every + 1.0;
                times.map_or(room, |n| room.min(f64::from(n))).floor()
            }
            Some(Trigger::After { .. }) => 1.0,
            Some(Trigger::When { times, .. }) => f64::from(*times),
        };
        times + f64::from(u8::from(self == Pictures::AskedAndEnd))
    }
}

/// Whether a time is one that the trigger names. What follows an event is not known here, and kept.
fn asked(trigger: &Trigger, setup: &Setup, day: f64) -> bool {
    let (time, step) = (day * DAY, setup.clock.step);
    // A picture is taken at the first look at or after its time.
    let just_after = |asked: f64| (-1e-6..step - 1e-6).contains(&(time - asked));
    match trigger {
        Trigger::At(times) => times.iter().any(|t| just_after(*t)),
        Trigger::Every { every, from, .. } => {
            just_after(from + ((time - from) / every + 1e-9).floor().max(0.0) * every)
        }
        Trigger::After { .. } | Trigger::When { .. } => true,
    }
}

/// Bytes of one picture: cells of each layer and every field as arrays, and the same once more, packed, in the store.
pub fn bytes(setup: &Setup) -> f64 {
    const PACKED: f64 = 0.6;
    let sites = setup.domain.as_ref().map_or(0.0, |d| d.lattice.sites() as f64);
    let fields = setup.substrates.iter().filter(|s| s.diffusion.is_some()).count() as f64;
    sites * (setup.layers.len() as f64 + 4.0 * fields * (1.0 + PACKED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::setup;
    use crate::study::{Task, simulate};

    /// Days of the pictures of a run to this day.
    fn days(pictures: Pictures, snapshots: Option<Trigger>, end: f64) -> Vec<f64> {
        let mut s = setup(3, 3);
        (s.clock.start, s.clock.end) = (0.0, end * DAY);
        s.recording.snapshots = snapshots;
        let task = Task {
            setup: &s,
            seed: 1,
            pictures: pictures.any(),
            check: false,
            keeping: None,
            interrupted: &|| false,
        };
        let mut record = simulate(&task).unwrap().record;
        pictures.keep(&s, &mut record);
        let days: Vec<f64> = record.snapshots.iter().map(|p| p.time_day).collect();
        assert!(days.len() as f64 <= pictures.expected(&s).max(1.0), "{days:?}");
        days
    }

    #[test]
    fn ends_are_kept_where_they_were_asked_for_or_are_all_there_is() {
        let at = |days: &[f64]| Some(Trigger::At(days.iter().map(|d| d * DAY).collect()));
        assert_eq!(days(Pictures::AskedAndEnd, at(&[1.0]), 3.0), [1.0, 3.0]);
        assert_eq!(days(Pictures::Asked, at(&[1.0]), 3.0), [1.0]);
        assert_eq!(days(Pictures::Asked, at(&[1.0, 3.0]), 3.0), [1.0, 3.0]);
        assert_eq!(days(Pictures::Asked, at(&[5.0]), 3.0), [3.0]);
        assert_eq!(days(Pictures::Asked, None, 3.0), [3.0]);
        assert_eq!(days(Pictures::None, at(&[1.0]), 3.0), [0.0; 0]);
        let every = |from: f64| Some(Trigger::Every { every: 2.0 * DAY, from: from * DAY, times: None });
        assert_eq!(days(Pictures::Asked, every(0.0), 3.0), [0.0, 2.0]);
        assert_eq!(days(Pictures::Asked, every(1.0), 3.0), [1.0, 3.0]);
    }
}
