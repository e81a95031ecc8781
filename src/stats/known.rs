//! What is known of a subject's value on a day, also where nobody could look any more.

/// Days closer than this are one day.
pub const SAME_DAY: f64 = 1e-6;

/// Where the end of a run leaves a value for the days after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Left {
    /// Above every number.
    Above,
    /// At most at this; without a number at most where it was last seen.
    Below(Option<f64>),
}

/// A value of one run as it was recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen<'a> {
    /// Days of record, ascending.
    pub days: &'a [f64],
    /// By day; NaN is missing.
    pub values: &'a [f64],
    /// Last day that was watched.
    pub until: f64,
    pub left: Option<Left>,
}

impl Seen<'_> {
    /// What is known on a day: while the run is watched the value of the last record at or before the day (missing where
    /// that is no number, or before the first record); later what the end of the run says.
    pub fn on(&self, day: f64) -> Known {
        let number = |v: Option<&f64>| v.copied().filter(|v| v.is_finite());
        if day <= self.until + SAME_DAY {
            let records = self.days.partition_point(|d| *d <= day + SAME_DAY);
            let last = records.checked_sub(1).and_then(|i| number(self.values.get(i)));
            return last.map_or(Known::Missing, Known::Value);
        }
        match self.left {
            Some(Left::Above) => Known::Above,
            Some(Left::Below(bound)) => {
                let last = self.values.iter().rev().find(|v| v.is_finite()).copied();
                bound.or(last).map_or(Known::Missing, Known::AtMost)
            }
            None => Known::Missing,
        }
    }
}

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
