//! The kinds of comparison that are built: what each is of, how many arms it takes, and which keys it reads.

/// What a comparison can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Time,
    Value,
    Observable,
}

/// The unit of an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Estimated {
    None,
    /// That of what is compared: days for a time.
    Same,
}

/// What a kind of comparison reads.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub(super) of: &'static [Of],
    /// Fewest and most arms.
    pub(super) arms: (usize, usize),
    pub(super) needs: &'static [&'static str],
    may: &'static [&'static str],
    pub(super) unit: Estimated,
}

pub(super) const MANY: usize = usize::MAX;

/// The kinds that are built, in the order of the language; `study::comparison` makes them.
pub const KINDS: &[Kind] = &[
    kind("value", &[Of::Time, Of::Value, Of::Observable], (1, 1), &[], &[], Estimated::Same),
    kind("share", &[Of::Time], (1, 1), &["at"], &[], Estimated::None),
    kind("median_ratio", &[Of::Time], (2, 2), &[], &[], Estimated::None),
    kind("difference", &[Of::Value, Of::Observable], (2, 2), &[], &[], Estimated::Same),
    kind("ratio", &[Of::Value, Of::Observable], (2, 2), &[], &[], Estimated::None),
    kind("rmst", &[Of::Time], (2, 2), &[], &["at"], Estimated::Same),
    kind("log_rank", &[Of::Time], (2, MANY), &[], &["weight", "strata", "trial"], Estimated::None),
    kind("cox", &[Of::Time], (2, 2), &[], &["ties"], Estimated::None),
    kind("rank_first", &[Of::Time], (2, MANY), &[], &[], Estimated::None),
    kind("synergy", &[Of::Observable], (2, MANY), &["control"], &["null"], Estimated::None),
];

/// Laws without synergy that are built.
pub(super) const NULLS: &[&str] = &["log_sum", "bliss", "hsa"];

const fn kind(
    name: &'static str,
    of: &'static [Of],
    arms: (usize, usize),
    needs: &'static [&'static str],
    may: &'static [&'static str],
    unit: Estimated,
) -> Kind {
    Kind { name, of, arms, needs, may, unit }
}

impl Kind {
    /// Keys that only some kinds read and that this one does. `at` is the day of an observable, or a day of its own.
    pub(super) fn reads(&self, key: &str) -> bool {
        self.needs.contains(&key)
            || self.may.contains(&key)
            || key == "at" && self.of.contains(&Of::Observable)
            || key == "endpoint" && self.of.iter().any(|o| *o != Of::Observable)
            || key == "observable" && self.of.contains(&Of::Observable)
    }
}
