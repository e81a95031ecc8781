//! Writes every table of a folder from the store, whole and in canonical order.

use super::DAY;
use super::comparison::Row;
use super::plan::Plan;
use crate::model::{EndpointKind, Measure, Setup};
use crate::record::format::Csv;
use crate::record::{
    Cell, EndpointValue, RunId, Snapshot, StorageError, Store, Table, TableWriter, hex, write_atomic,
    write_npy_f32, write_npy_u16,
};
use crate::stats::{KaplanMeier, Observation};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes all tables; the result lists their names relative to the folder.
///
/// # Errors
/// Storage trouble; earlier tables stay as they were.
pub fn write(
    dir: &Path,
    plan: &Plan,
    setup: &Setup,
    ids: &[Option<RunId>],
    store: &Store,
    comparisons: &[Row],
) -> Result<Vec<String>, StorageError> {
    let mut files =
        vec!["runs.csv", "series.csv", "events.csv"].into_iter().map(String::from).collect::<Vec<_>>();
    let survival = rows(dir, plan, setup, ids, store, &mut files)?;
    if plan.kind != "sweep" && !survival.is_empty() {
        write_survival(dir, plan, &survival)?;
        files.push("survival.csv".to_string());
    }
    if !comparisons.is_empty() {
        write_comparisons(dir, comparisons)?;
        files.push("comparisons.csv".to_string());
    }
    let captions = serde_json::to_vec_pretty(&captions(plan, setup)).unwrap_or_default();
    write_atomic(&dir.join("figures.json"), &captions)?;
    files.push("figures.json".to_string());
    Ok(files)
}

/// Times to each endpoint, by arm.
type Times = BTreeMap<(String, usize), Vec<Observation>>;

/// runs.csv, series.csv, events.csv and the snapshots, one record in memory at a time.
fn rows(
    dir: &Path,
    plan: &Plan,
    setup: &Setup,
    ids: &[Option<RunId>],
    store: &Store,
    files: &mut Vec<String>,
) -> Result<Times, StorageError> {
    let mut columns: Vec<String> =
        ["run", "run_id", "arm", "subject", "replicate", "seed"].map(String::from).to_vec();
    columns.extend(plan.factors.iter().cloned());
    columns.extend(setup.endpoints.iter().flat_map(|e| endpoint_columns(&e.id, &e.kind, &e.unit)));
    columns.extend(["outcome", "unseen_below", "state_hash"].map(String::from));
    let mut runs = Table::new(columns);
    let observed = observed_columns(setup);
    let mut header: Vec<String> =
        ["run", "arm", "subject", "replicate", "time_day"].map(String::from).to_vec();
    header.extend(observed.iter().cloned());
    let mut series = TableWriter::create(&dir.join("series.csv"), &header, &Csv)?;
    let header =
        ["run", "time_day", "event", "cell_type", "cause", "actor", "antigen", "count"].map(String::from);
    let mut events = TableWriter::create(&dir.join("events.csv"), &header, &Csv)?;
    let mut snapshots = Snapshots::default();
    let mut times = Times::new();
    for (i, (run, id)) in plan.runs.iter().zip(ids).enumerate() {
        let Some(id) = id else { continue };
        let Some(record) = store.read(id)? else { continue };
        let arm = &plan.arms[run.arm].id;
        let mut cells: Vec<Cell> = vec![
            i.into(),
            hex(id)[..16].to_string().into(),
            arm.as_str().into(),
            run.subject.into(),
            run.replicate.into(),
            Cell::Text(format!("{:016x}", run.seed)),
        ];
        cells.extend(plan.points[run.point].values.iter().map(|v| factor_cell(v)));
        for endpoint in &record.endpoints {
            match &endpoint.value {
                EndpointValue::Time { day, reached } => {
                    cells.extend([Cell::from(*day), Cell::Int(i64::from(*reached))]);
                }
                EndpointValue::Visit { after_day, day, reached } => {
                    cells.extend([Cell::from(*after_day), Cell::from(*day), Cell::Int(i64::from(*reached))]);
                }
                EndpointValue::Value(v) => cells.push((*v).into()),
                EndpointValue::Category(text) => cells.push(text.as_str().into()),
            }
            if let EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. } =
                endpoint.value
            {
                let of = times.entry((endpoint.id.clone(), run.arm)).or_default();
                of.push(Observation { time: if day > 0.0 { day } else { 0.0 }, event: reached });
            }
        }
        cells.extend([
            record.outcome.name().into(),
            record.unseen_below.into(),
            record.state_hash.as_str().into(),
        ]);
        runs.rows.push(cells);
        for (time, values) in record.series.time_day.iter().zip(&record.series.values) {
            let mut cells: Vec<Cell> =
                vec![i.into(), arm.as_str().into(), run.subject.into(), run.replicate.into(), (*time).into()];
            cells.extend(
                observed
                    .iter()
                    .map(|name| record.series.column(name).map_or(Cell::Empty, |c| values[c].into())),
            );
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

/// A number where the level is one, else text with its unit.
fn factor_cell(text: &str) -> Cell {
    text.parse::<f64>().map_or_else(|_| Cell::from(text), Cell::from)
}

fn observed_columns(setup: &Setup) -> Vec<String> {
    let weigh = setup.domain.as_ref().is_some_and(|d| matches!(d.scale, crate::model::Scale::Section { .. }));
    let recorded = setup.recording.observables.iter().map(|o| setup.observables[o.index()].column());
    recorded.chain(weigh.then(|| "section_weight".to_string())).collect()
}

fn endpoint_columns(id: &str, kind: &EndpointKind, unit: &str) -> Vec<String> {
    let visits = matches!(
        kind,
        EndpointKind::Cross { watch, .. } | EndpointKind::Change { watch, .. } if watch.visits.is_some()
    );
    let value = match unit {
        "" | "1" => id.to_string(),
        unit => format!("{id}_{}", unit.replace('^', "").replace('/', "_per_").replace([' ', '*'], "_")),
    };
    match kind {
        EndpointKind::Response { .. } | EndpointKind::Grade { .. } => vec![id.to_string()],
        EndpointKind::Summary { .. } => vec![value],
        _ if visits => ["after", "day", "event"].map(|c| format!("{id}_{c}")).to_vec(),
        _ => ["day", "event"].map(|c| format!("{id}_{c}")).to_vec(),
    }
}

fn write_survival(dir: &Path, plan: &Plan, times: &Times) -> Result<(), StorageError> {
    let mut table = Table::new([
        "endpoint",
        "arm",
        "time_day",
        "at_risk",
        "events",
        "censored",
        "survival",
        "std_error",
        "lower",
        "upper",
    ]);
    for ((endpoint, arm), observations) in times {
        let Ok(km) = KaplanMeier::fit(observations, 0.95) else { continue };
        for row in &km.rows {
            table.rows.push(vec![
                endpoint.as_str().into(),
                plan.arms[*arm].id.as_str().into(),
                row.time.into(),
                row.at_risk.into(),
                row.events.into(),
                row.censored.into(),
                row.survival.into(),
                Cell::from(row.std_error),
                row.lower.into(),
                row.upper.into(),
            ]);
        }
    }
    table.write(&dir.join("survival.csv"), &Csv)
}

fn write_comparisons(dir: &Path, rows: &[Row]) -> Result<(), StorageError> {
    let mut table = Table::new([
        "comparison",
        "endpoint",
        "arm",
        "reference",
        "estimate",
        "lower",
        "upper",
        "p",
        "method",
        "n",
        "expect_low",
        "expect_high",
        "role",
        "holds",
    ]);
    for row in rows {
        let e = &row.estimate;
        table.rows.push(vec![
            row.comparison.as_str().into(),
            row.of.as_str().into(),
            row.arm.as_str().into(),
            row.reference.as_str().into(),
            e.value.into(),
            e.lower.into(),
            e.upper.into(),
            e.p.into(),
            e.method.as_str().into(),
            e.n.into(),
            row.low.into(),
            row.high.into(),
            row.role.as_str().into(),
            row.holds.into(),
        ]);
    }
    table.write(&dir.join("comparisons.csv"), &Csv)
}

/// Lattice pictures as NumPy arrays, with an index.
#[derive(Default)]
struct Snapshots {
    index: Vec<Vec<Cell>>,
    names: Vec<String>,
}

impl Snapshots {
    fn write(
        &mut self,
        dir: &Path,
        run: usize,
        arm: &str,
        subject: u32,
        snapshot: &Snapshot,
        files: &mut Vec<String>,
    ) -> Result<(), StorageError> {
        let folder = dir.join("snapshots");
        std::fs::create_dir_all(&folder).map_err(StorageError::at("create the folder", &folder))?;
        let [nx, ny, nz] = snapshot.sites.map(|n| n as usize);
        let shape = [nz, ny, nx];
        self.names.clone_from(&snapshot.names);
        let day = format!("{:09.4}", snapshot.time_day);
        let mut add = |layer: &str, kind: &str, name: &str, file: String, unit: &str| {
            self.index.push(vec![
                run.into(),
                arm.into(),
                subject.into(),
                snapshot.time_day.into(),
                layer.into(),
                kind.into(),
                name.into(),
                file.as_str().into(),
                nx.into(),
                ny.into(),
                nz.into(),
                snapshot.spacing_um.into(),
                unit.into(),
            ]);
            files.push(format!("snapshots/{file}"));
        };
        for layer in &snapshot.layers {
            let file = format!("run_{run:04}_day_{day}_cells_{}.npy", layer.id);
            write_npy_u16(&folder.join(&file), shape, &layer.cells)?;
            add(&layer.id, "cells", &layer.id, file, "");
        }
        for field in &snapshot.fields {
            let file = format!("run_{run:04}_day_{day}_field_{}.npy", field.id);
            write_npy_f32(&folder.join(&file), shape, &field.values)?;
            add("", "field", &field.id, file, &field.unit);
        }
        Ok(())
    }

    fn finish(self, dir: &Path, files: &mut Vec<String>) -> Result<(), StorageError> {
        if self.index.is_empty() {
            return Ok(());
        }
        let mut index = Table::new([
            "run",
            "arm",
            "subject",
            "time_day",
            "layer",
            "kind",
            "name",
            "file",
            "nx",
            "ny",
            "nz",
            "spacing_um",
            "unit",
        ]);
        index.rows = self.index;
        index.write(&dir.join("snapshots/index.csv"), &Csv)?;
        let mut names = Table::new(["id", "name"]);
        names.rows =
            self.names.into_iter().enumerate().map(|(i, n)| vec![(i + 1).into(), n.into()]).collect();
        names.write(&dir.join("snapshots/cell_types.csv"), &Csv)?;
        files.extend(["snapshots/index.csv", "snapshots/cell_types.csv"].map(String::from));
        Ok(())
    }
}

/// figures.json: what the figures may know about columns. Groups follow from what each observable measures.
fn captions(plan: &Plan, setup: &Setup) -> serde_json::Value {
    let recorded = || setup.recording.observables.iter().map(|o| &setup.observables[o.index()]);
    let group = |wanted: &dyn Fn(&Measure) -> bool| -> Vec<String> {
        recorded().filter(|o| wanted(&o.measure)).map(|o| o.column()).collect()
    };
    let exposure: Vec<String> = recorded()
        .filter(|o| match &o.measure {
            Measure::Pool { concentration, .. } => *concentration,
            Measure::Field { substrate, .. } => recorded().any(|p| match &p.measure {
                Measure::Pool { species, concentration: true, .. } => {
                    species.contains(&crate::model::Species::Substrate(*substrate))
                }
                _ => false,
            }),
            _ => false,
        })
        .map(|o| o.column())
        .collect();
    let mut endpoints = serde_json::Map::new();
    for endpoint in &setup.endpoints {
        if let EndpointKind::Cross { watch, threshold, .. } = &endpoint.kind {
            let column = setup.observables[watch.observable.index()].column();
            endpoints
                .insert(endpoint.id.clone(), serde_json::json!({ "observable": column, "above": threshold }));
        }
    }
    let burden = plan.comparisons.iter().find_map(|c| {
        let observable = setup.observables.iter().find(|o| Some(&o.id) == c.observable.as_ref())?;
        Some(serde_json::json!({ "observable": observable.column(), "day": c.at.map(|at| at / DAY) }))
    });
    serde_json::json!({
        "title": plan.title,
        "arms": plan.arms.iter().map(|a| serde_json::json!({ "id": a.id, "label": a.label })).collect::<Vec<_>>(),
        "groups": {
            "cell_counts": group(&|m| matches!(m, Measure::Count { .. })),
            "fields": setup.substrates.iter().filter(|s| s.diffusion.is_some()).map(|s| s.id.clone()).collect::<Vec<_>>(),
            "exposure": exposure,
            "specificities": group(&|m| matches!(m, Measure::Clones { .. })),
        },
        "units": recorded().map(|o| (o.column(), o.unit.clone())).collect::<BTreeMap<_, _>>(),
        "limit": recorded().filter_map(|o| Some((o.column(), o.limit?))).collect::<BTreeMap<_, _>>(),
        "endpoint": endpoints,
        "burden": burden.unwrap_or_else(|| serde_json::json!({})),
        "factors": plan.factors,
        "claim": "Simulation; research use; no clinical decisions.",
    })
}
