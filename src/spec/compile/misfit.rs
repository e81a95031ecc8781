//! The measurements of a misfit: rows of a CSV file, filtered by column, times in the unit that their column names.

use super::Compiler;
use super::mistakes::Mistakes;
use crate::model::{Datum, EndpointKind, ObservableId, Take};
use crate::spec::csv_text::{Csv, fault};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::units::{Dimension, Unit, parse_unit};
use std::cell::RefCell;

/// Largest number of measurements.
const MOST_DATA: usize = 1_000_000;

impl<'a> Compiler<'a> {
    pub(super) fn misfit(&self, r: &Reader, observable: ObservableId) -> Option<(EndpointKind, String)> {
        let (file, span) = r.name("data")?;
        let mut filters = Vec::new();
        for (name, entry) in r.entries("rows") {
            match self.cx.bare(&entry.node).text() {
                Some(text) => filters.push((name, text, entry.key)),
                None => self.cx.wrong(&entry.node, format!("`{}.rows.{name}` must be text", r.path), ""),
            }
        }
        let csv = super::open_csv(self.cx, file, span)?;
        let column = |key: &str| {
            let (name, span) = r.name(key)?;
            self.column(&csv, file, name, span).map(|at| (at, name))
        };
        let (x, y, sd) = (column("x"), column("y"), column("sd"));
        let filters: Vec<Option<(usize, &str)>> = filters
            .iter()
            .map(|(name, text, span)| self.column(&csv, file, name, *span).map(|at| (at, *text)))
            .collect();
        let filters: Vec<(usize, &str)> = filters.into_iter().collect::<Option<_>>()?;
        let (x, y) = (x?, y?);
        let sd = if r.has("sd") { Some(sd?) } else { None };
        let Some(unit) = time_unit(x.1) else {
            let message = format!("{}: column `{}` does not name its unit of time", r.path, x.1);
            self.cx.error(r.key_span("x"), message, "for example time_h, time_day or \"time (h)\"");
            return None;
        };
        let mut mistakes = Mistakes::default();
        let mut data = Vec::new();
        for row in csv.rows() {
            let row = match row {
                Ok(row) => row,
                Err(mistake) => {
                    mistakes.row(vec![mistake]);
                    continue;
                }
            };
            if filters.iter().any(|(at, text)| row[*at].0 != *text) {
                continue;
            }
            let found = RefCell::new(Vec::new());
            let number = |(at, name): (usize, &str)| {
                csv.number(&row[at], name)
                    .map_err(|mistake| found.borrow_mut().push(mistake))
                    .unwrap_or(f64::NAN)
            };
            let (time, value) = (number(x) * unit.factor(), number(y));
            let sd = sd.map_or(1.0, |column| {
                let sd = number(column);
                if sd <= 0.0 {
                    let mistake = fault(row[column.0].1, "a standard deviation must be above 0", "");
                    found.borrow_mut().push(mistake);
                }
                sd
            });
            mistakes.row(found.into_inner());
            data.push(Datum { time, value, sd });
        }
        if mistakes.tell(self.cx, &csv) {
            return None;
        }
        if data.is_empty() || data.len() > MOST_DATA {
            let (key, message) = match data.len() {
                0 => (r.key_span("rows"), format!("no row of {file} is one of `rows`")),
                n => (span, format!("{n} rows of {file} to compare with; at most {MOST_DATA} are allowed")),
            };
            self.cx.error(key, format!("{}: {message}", r.path), "");
            return None;
        }
        data.sort_by(|a, b| a.time.total_cmp(&b.time));
        let outside = |d: &&Datum| d.time < self.clock.start - 1e-6 || d.time > self.clock.end + 1e-6;
        let missed = data.iter().filter(outside).count();
        if missed > 0 && self.clock.end > self.clock.start {
            let message =
                format!("{}: {missed} of {} measurements lie outside the clock", r.path, data.len());
            self.cx.warning(
                r.key_span("data"),
                message,
                "the misfit stays empty: see clock.start and clock.end",
            );
        }
        let take = Take::Misfit(data);
        Some((EndpointKind::Summary { observable, take, from: f64::MIN, to: f64::MAX }, "1".to_string()))
    }

    fn column(&self, csv: &Csv, file: &str, name: &str, span: crate::spec::tree::Span) -> Option<usize> {
        let at = csv.column(name);
        if at.is_none() {
            let help = suggest(name, csv.headers().iter().map(|h| h.0.as_str()));
            self.cx.error(span, format!("{file} has no column `{name}`"), help);
        }
        at
    }
}

/// The unit that the name of a column ends with: `time_h`, `time (h)`, `time [h]`.
fn time_unit(column: &str) -> Option<Unit> {
    let trimmed = column.trim_end_matches([')', ']']);
    let word = trimmed.rsplit(|c: char| "_([ ".contains(c)).next()?;
    if word.len() == trimmed.len() {
        return None;
    }
    parse_unit(word).ok().filter(|u| u.dimension == Dimension::TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_name_their_unit_of_time() {
        let factor = |column: &str| time_unit(column).map(|u| u.factor());
        assert_eq!(factor("time_h"), Some(60.0));
        assert_eq!(factor("t (min)"), Some(1.0));
        assert_eq!(factor("days_after_day"), Some(1440.0));
        assert_eq!(factor("time [day]"), Some(1440.0));
        assert_eq!((factor("time"), factor("h"), factor("time_um")), (None, None, None));
    }
}
