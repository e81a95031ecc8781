//! Columns of the tables: an id may not take a name that a table has already.

use super::Compiler;
use crate::model::{Endpoint, EndpointKind, Observable, Setup};
use crate::observe::censored_column;
use crate::record::is_own_of_runs;
use crate::spec::tree::Span;
use std::collections::BTreeMap;

/// Columns of series.csv besides what documents name.
const SERIES: &[&str] = &["run", "arm", "subject", "replicate", "time_day", "section_weight"];

impl<'a> Compiler<'a> {
    /// Notes ids whose columns would be two of one name.
    pub(super) fn check_columns(&self, setup: &Setup) {
        let recorded: Vec<&Observable> =
            setup.recording.observables.iter().map(|o| &setup.observables[o.index()]).collect();
        let series = recorded.iter().flat_map(|o| {
            let columns = [Some(o.column()), censored_column(o)];
            columns.into_iter().flatten().map(|c| (c, o.id.as_str()))
        });
        self.unique("observable", "series.csv", &|c| SERIES.contains(&c), series);
        let runs = setup.endpoints.iter().flat_map(|e| columns_of(e).into_iter().map(|c| (c, e.id.as_str())));
        self.unique("endpoint", "runs.csv", &is_own_of_runs, runs);
    }

    fn unique<'i>(
        &self,
        part: &str,
        table: &str,
        own: &dyn Fn(&str) -> bool,
        columns: impl Iterator<Item = (String, &'i str)>,
    ) {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (column, id) in columns {
            let span: Span = self.at(&[part, id]);
            let help = "give it another id";
            if own(&column) {
                let message =
                    format!("{part}.{id}: its column `{column}` is one that {table} has for itself");
                self.cx.error(span, message, help);
            } else if let Some(twin) = seen.get(&column).filter(|t| **t != id) {
                let message = format!("{part}.{id} and {part}.{twin} would both have the column `{column}`");
                self.cx.error(span, message, help);
            }
            seen.insert(column, id);
        }
    }
}

/// The columns of an endpoint in runs.csv.
fn columns_of(endpoint: &Endpoint) -> Vec<String> {
    let id = &endpoint.id;
    match &endpoint.kind {
        EndpointKind::Summary { .. } | EndpointKind::Grade { .. } => {
            let unit = endpoint.unit.replace('^', "").replace('/', "_per_").replace([' ', '*'], "_");
            vec![if matches!(unit.as_str(), "" | "1") { id.clone() } else { format!("{id}_{unit}") }]
        }
        EndpointKind::Response { .. } => vec![id.clone()],
        _ => ["after", "day", "event"].map(|c| format!("{id}_{c}")).to_vec(),
    }
}
