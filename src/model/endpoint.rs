//! What ends or grades a subject: times and values derived from observables.

use super::{EndpointId, Law, ObservableId, Trigger};
use crate::random::Purpose;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum From {
    Baseline,
    Nadir,
}

/// The number that is made of the course of an observable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Take {
    Max,
    Min,
    Mean,
    Last,
    Auc,
    TimeOfMax,
    /// Slope of the logarithm, 1/day.
    Rate,
    /// Distance from measurements, in order of time: the root of the mean of ((y_run - y) / sd)^2.
    Misfit(Vec<Datum>),
}

/// One measurement that a run is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Datum {
    /// min from day 0.
    pub time: f64,
    /// In the unit of the observable, as its standard deviation.
    pub value: f64,
    pub sd: f64,
}

/// Where a watched endpoint looks: every step, or at visits only (then it is interval-censored).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    pub observable: ObservableId,
    pub visits: Option<Trigger>,
    /// The watch begins at this time, min.
    pub after: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EndpointKind {
    /// First time the observable is above (or below) the threshold, sustained `for_` min.
    Cross {
        watch: Watched,
        above: bool,
        threshold: f64,
        for_: f64,
    },
    /// First time the observable has changed `fold` from baseline or nadir (below 1: a fall) and is at least `at_least`.
    Change {
        watch: Watched,
        from: From,
        fold: f64,
        at_least: f64,
    },
    /// A random event: one threshold -ln u per subject, replicate and endpoint, passed by the accumulated hazard.
    Hazard {
        rate: Law,
    },
    /// Earliest of these.
    First {
        of: Vec<EndpointId>,
    },
    /// All hold together.
    All {
        of: Vec<EndpointId>,
        for_: f64,
    },
    /// Best of complete, partial, stable, progressive.
    Response {
        observable: ObservableId,
        complete: f64,
        partial: f64,
        progress: f64,
        at_least: f64,
        visits: Trigger,
    },
    Summary {
        observable: ObservableId,
        take: Take,
        from: f64,
        to: f64,
    },
    Grade {
        of: EndpointId,
        cuts: Vec<f64>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: String,
    pub purpose: Purpose,
    /// Unit of a value endpoint.
    pub unit: String,
    pub kind: EndpointKind,
}
