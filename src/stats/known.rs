//! What is known of a subject's value on a day, also where nobody could look any more.

/// A number, a bound, or nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known {
    Value(f64),
    /// Above every number: the subject was taken out because the value had grown.
    Above,
    /// At most this: the subject was taken out because the value had fallen.
    AtMost(f64),
    Missing,
}

impl Known {
    /// As rank statistics take it: `Some(None)` ranks above every number, a bound enters as the bound; `None` where there
    /// is nothing to rank.
    pub fn rank(self) -> Option<Option<f64>> {
        match self {
            Known::Value(v) | Known::AtMost(v) => Some(Some(v)),
            Known::Above => Some(None),
            Known::Missing => None,
        }
    }

    /// The number, where one was seen.
    pub fn value(self) -> Option<f64> {
        match self {
            Known::Value(v) => Some(v),
            Known::Above | Known::AtMost(_) | Known::Missing => None,
        }
    }
}

/// What can be ranked, for [`rank_median`](super::quantile::rank_median) and its kin.
pub fn ranks(values: impl IntoIterator<Item = Known>) -> Vec<Option<f64>> {
    values.into_iter().filter_map(Known::rank).collect()
}

#[cfg(test)]
mod tests {
    use super::super::quantile::rank_median;
    use super::*;

    #[test]
    fn growth_ranks_high_clearance_low_and_nothing_not_at_all() {
        let seen = [Known::Value(5.0), Known::Above, Known::Missing, Known::AtMost(1.0), Known::Value(3.0)];
        assert_eq!(ranks(seen), [Some(5.0), None, Some(1.0), Some(3.0)]);
        assert_eq!(rank_median(&ranks(seen)).unwrap(), Some(4.0));
        let cleared = [Known::AtMost(1.0), Known::AtMost(1.0), Known::Value(9.0)];
        assert_eq!(rank_median(&ranks(cleared)).unwrap(), Some(1.0));
    }
}
