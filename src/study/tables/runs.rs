//! runs.csv, series.csv, events.csv and the snapshots, one record in memory at a time.

use super::endpoints;
use super::snapshots::Snapshots;
use crate::observe::censored_column;
use crate::record::format::Csv;
use crate::record::{
    Cell, EndpointRow, EndpointValue, Outcome, RUN_HEAD, RUN_TAIL, StorageError, Store, Table, TableWriter,
    hex,
};
use crate::stats::Observation;
use crate::study::after::{counted, ended_by};
use crate::study::execute::Finished;
use crate::study::plan::{Kept, Plan};
use crate::study::protocol::Protocols;
use std::collections::BTreeMap;
use std::path::Path;

/// Times to each endpoint, by endpoint, point of the design and arm.
pub type Times = BTreeMap<(String, usize, usize), Vec<Observation>>;

/// Writes the tables with a row per run, per time and per event; returns the times of all endpoints.
pub fn write(
    dir: &Path,
    plan: &Plan,
    finished: &Finished,
    store: &Store,
    files: &mut Vec<String>,
) -> Result<Times, StorageError> {
    let protocols = &finished.protocols;
    let endpoints = endpoints::columns(protocols, &plan.kept);
    let mut columns = texts(RUN_HEAD);
    columns.extend(plan.factors.iter().cloned());
    columns.extend(endpoints.iter().cloned());
    columns.extend(texts(RUN_TAIL));
    let mut runs = Table::new(columns);
    let observed = observed(protocols, &plan.kept);
    let mut header = texts(["run", "arm", "subject", "replicate", "time_day"]);
    header.extend(observed.iter().cloned());
    let mut series = TableWriter::create(&dir.join("series.csv"), &header, &Csv)?;
    let header = texts(["run", "time_day", "event", "cell_type", "cause", "actor", "antigen", "count"]);
    let mut events = TableWriter::create(&dir.join("events.csv"), &header, &Csv)?;
    let mut snapshots = Snapshots::new(protocols);
    let mut times = Times::new();
    for (i, (run, id)) in plan.runs.iter().zip(&finished.ids).enumerate() {
        let Some(id) = id else { continue };
        let Some(record) = store.read(id)? else { continue };
        let arm = plan.arms[run.arm].id.as_str();
        let mut cells: Vec<Cell> = vec![
            i.into(),
            hex(id)[..16].to_string().into(),
            arm.into(),
            run.subject.into(),
            run.replicate.into(),
            Cell::Text(format!("{:016x}", run.seed)),
        ];
        cells.extend(plan.points[run.point].values.iter().map(|v| factor(v)));
        let protocol = protocols.of(i);
        let reached = counted(protocol, &record);
        let values = endpoints::cells(&reached);
        cells.extend(endpoints.iter().map(|c| values.get(c).cloned().unwrap_or(Cell::Empty)));
        let ended = ended_by(protocol, &record).map_or("", |e| protocol.endpoints[e.index()].id.as_str());
        cells.extend([
            record.outcome.name().into(),
            ended.into(),
            record.end_day.into(),
            record.unseen_below.into(),
            record.state_hash.as_str().into(),
        ]);
        runs.rows.push(cells);
        // Runs that broke were not censored, they have no result.
        if !matches!(record.outcome, Outcome::Failed { .. }) {
            note_times(&mut times, (run.point, run.arm), &reached);
        }
        let columns: Vec<Option<usize>> = observed.iter().map(|name| record.series.column(name)).collect();
        for (time, values) in record.series.time_day.iter().zip(&record.series.values) {
            let mut cells: Vec<Cell> =
                vec![i.into(), arm.into(), run.subject.into(), run.replicate.into(), (*time).into()];
            cells.extend(columns.iter().map(|c| c.map_or(Cell::Empty, |c| values[c].into())));
            series.row(&cells)?;
        }
        for event in &record.events {
            events.row(&[
                i.into(),
                event.time_day.into(),
                event.event.as_str().into(),
                event.cell_type.as_str().into(),
                event.cause.as_str().into(),
                event.actor.as_str().into(),
                event.antigen.as_str().into(),
                event.count.into(),
            ])?;
        }
        for snapshot in &record.snapshots {
            snapshots.write(dir, i, arm, run.subject, snapshot, files)?;
        }
    }
    runs.write(&dir.join("runs.csv"), &Csv)?;
    series.finish()?;
    events.finish()?;
    snapshots.finish(dir, files)?;
    Ok(times)
}

/// Time counts from day 0: whoever has reached the endpoint or left before it was never at risk and is left out.
fn note_times(times: &mut Times, (point, arm): (usize, usize), reached: &[EndpointRow]) {
    for endpoint in reached {
        if let EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. } =
            endpoint.value
            && day >= 0.0
        {
            let of = times.entry((endpoint.id.clone(), point, arm)).or_default();
            of.push(Observation { time: day, event: reached });
        }
    }
}

/// Columns of series.csv: observables, the weight of sections, and which readings are censored.
fn observed(protocols: &Protocols, kept: &Kept) -> Vec<String> {
    let recorded = protocols.recorded();
    let recorded =
        || recorded.iter().map(|(p, o)| &p.observables[o.index()]).filter(|o| kept.observable(&o.id));
    let mut out: Vec<String> = recorded().map(|o| o.column()).collect();
    out.extend(protocols.list.iter().any(|p| p.section).then(|| "section_weight".to_string()));
    for column in protocols
        .list
        .iter()
        .flat_map(|p| p.recorded())
        .filter_map(|(_, o)| censored_column(o).filter(|_| kept.observable(&o.id)))
    {
        if !out.contains(&column) {
            out.push(column);
        }
    }
    out
}

/// A number where the level is one, else text.
pub fn factor(text: &str) -> Cell {
    text.parse::<f64>().map_or_else(|_| Cell::from(text), Cell::from)
}

fn texts<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(String::from).to_vec()
}
