//! When somebody looks: visits of endpoints and snapshots.

use super::observable::Look;
use super::tape::Tape;
use crate::engine::{Follower, Seen};
use crate::model::{Event, ObservableId, Setup, Trigger};

/// Follows one trigger through the looks of a run. A look at or after the time it names is due, once.
pub struct Visits {
    trigger: Trigger,
    follower: Follower,
}

impl Visits {
    pub fn new(trigger: &Trigger) -> Visits {
        Visits { trigger: trigger.clone(), follower: Follower::default() }
    }

    pub fn keep(&mut self, tape: &mut Tape) {
        tape.keep(&mut self.follower);
    }

    /// Whether this look is one of the visits. To be asked at every look, once.
    pub fn due(&mut self, look: &mut Look) -> bool {
        let (setup, now): (&Setup, f64) = (look.setup, look.time);
        self.follower.by_now(&self.trigger, &setup.clock, now, look)
    }
}

/// A look answers with what somebody who measures sees.
impl Seen for Look<'_> {
    fn value(&mut self, observable: ObservableId) -> f64 {
        self.seen(observable)
    }

    fn happened(&self, event: Event) -> Option<f64> {
        self.state.happened(event)
    }
}
