//! Wrong variants of the engine, planted by the tests that must catch them (`tests/planted.rs`). Outside of tests there are
//! none: `Plan::has` is false at compile time.

#[cfg(test)]
pub use planting::{planted, with};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    HazardRate,
    HazardLinear,
    FirstListed,
    SharedStream,
    RemainsLonger,
    MovesRoundedDown,
    DiagonalsFree,
    PersistenceIgnored,
    ContrastIgnored,
    SiteTakenTwice,
    DirectionBiased,
    LosersGiveUp,
    DaughterKeepsKey,
    AttentionIgnored,
    DeadActorsAct,
    RepairIgnored,
    LethalLater,
    GateIgnored,
    AntigenUnnamed,
    ArrivalUnpaid,
    ArrivalOrderFixed,
    DepartureTwice,
    DelayShorter,
    ViabilityIgnored,
    ShareIgnored,
    RegionIgnored,
    MutationMore,
    SplitCopies,
    ConversionForgets,
    DynamicsEuler,
    WeightIgnored,
}

#[cfg(test)]
mod planting {
    use super::Bug;
    use std::cell::Cell;

    thread_local! {
        static BUG: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// The bug of plans that are made on this thread.
    pub fn planted() -> Option<Bug> {
        BUG.get()
    }

    /// Runs `f` with a bug in every plan that it makes.
    pub fn with<R>(bug: Option<Bug>, f: impl FnOnce() -> R) -> R {
        let before = BUG.replace(bug);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        BUG.set(before);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
