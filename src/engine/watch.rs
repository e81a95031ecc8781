//! The one way out of the engine: at the end of each step somebody may look at the state and say what has been seen.

use super::State;
use crate::model::{EndpointId, ObservableId, Setup};

/// Looks at the state after each step (and once before the first).
pub trait Watch {
    /// What was seen. Values and endpoints reported here enter the state; recording does not.
    fn see(&mut self, setup: &Setup, state: &State) -> Notice;
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notice {
    /// True values of observables that rules read.
    pub observed: Vec<(ObservableId, f64)>,
    /// Values of observables that triggers compare, as somebody who measures sees them.
    pub measured: Vec<(ObservableId, f64)>,
    /// Endpoints that have occurred by now and were not reported before.
    pub reached: Vec<EndpointId>,
    /// The run is over.
    pub stop: bool,
}

/// Nobody looks.
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&mut self, _: &Setup, _: &State) -> Notice {
        Notice::default()
    }
}
