//! Mistakes in the rows of a table: the first ten in full, the others counted.

use crate::spec::csv_text::Csv;
use crate::spec::diagnostics::Problem;
use crate::spec::reader::Context;
use crate::spec::tree::Fault;

/// Rows whose mistakes are told in full.
const TOLD: usize = 10;

#[derive(Default)]
pub struct Mistakes {
    told: Vec<Fault>,
    rows: usize,
}

impl Mistakes {
    /// Takes in what is wrong with a row, if anything is.
    pub fn row(&mut self, found: Vec<Fault>) {
        if !found.is_empty() {
            self.rows += 1;
            if self.rows <= TOLD {
                self.told.extend(found);
            }
        }
    }

    /// Notes them all; whether there were any.
    pub fn tell(self, cx: &Context, csv: &Csv) -> bool {
        let mut told: Vec<Problem> = self.told.into_iter().map(|fault| csv.problem(fault)).collect();
        if let Some(last) = told.last_mut().filter(|_| self.rows > TOLD) {
            last.help.push(format!("and {} more rows with mistakes", self.rows - TOLD));
        }
        cx.with(|p| told.into_iter().for_each(|problem| p.push(problem)));
        self.rows > 0
    }
}
