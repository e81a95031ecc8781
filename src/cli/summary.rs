//! What people read at the end, within 80 columns.

use super::points;
use super::words::{counted, duration, median};
use crate::record::{EndpointValue, Outcome, StoreReport, hash_bytes};
use crate::spec::wrap;
use crate::stats::quantile::rank_median;
use crate::stats::{Observation, ranks};
use crate::study::{ArmResult, Conclusion, Estimate, Finished, Plan, RunResult, bytes};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// Folder of the store.
const RUNS: &str = "runs";

/// The dry run.
pub fn estimate(e: &Estimate, dir: &Path) -> String {
    format!(
        "{} into {}\nmemory  about {} ({} per run at a time)\ntime    about {} of processor time, {} by the clock\n\
         disk    about {}, {} of it pictures of the lattice (first subject of each arm)\n\
         All are estimates from the size of the lattice; runs that reach an endpoint early take less.\n",
        counted(e.runs, "run"),
        dir.display(),
        bytes(e.bytes),
        bytes(e.run_bytes),
        duration(e.cpu_s),
        duration(e.wall_s),
        bytes(e.disk),
        bytes(e.pictures)
    )
}

/// What was wrong with the store, where runs have been lost by it. Whose they were cannot be read either, and the folder
/// may hold runs that this command does not want.
pub fn lost(report: StoreReport) -> Option<String> {
    let bad = report.cut + report.damaged;
    let what = counted(bad, "record");
    (bad > 0)
        .then(|| format!("{what} in {RUNS}/ cannot be read any more; what this command needs is done again"))
}

/// Arms, comparisons, failures, and `place`: where the files lie.
pub fn conclusion(plan: &Plan, conclusion: &Conclusion, place: &str) -> String {
    let mut out = String::new();
    if plan.kind == "sweep" {
        out += &points::table(plan, conclusion);
    } else {
        arms(&mut out, conclusion);
    }
    comparisons(&mut out, conclusion);
    let _ = writeln!(out, "\n{place}");
    let _ = writeln!(out, "Simulation for research; no clinical decisions.");
    out
}

/// Each run that failed, and why.
pub fn failures(plan: &Plan, finished: &Finished) -> String {
    let mut out = String::new();
    for (run, what) in &finished.failed {
        let of = &plan.runs[*run];
        let who = format!("{}, subject {}, replicate {}", plan.arms[of.arm].id, of.subject, of.replicate);
        let _ = writeln!(out, "run {run} ({who}) failed on {what}");
    }
    out
}

/// The endpoint of the closing table: `survival` by custom, else the first that is a time in every arm.
fn time_endpoint(conclusion: &Conclusion) -> Option<String> {
    let results = &conclusion.results;
    let ids: BTreeSet<&String> = results.runs.iter().flat_map(|r| r.endpoints.keys()).collect();
    let arms = || results.arms.iter().filter(|a| !a.subjects.is_empty());
    let is_time = |id: &&&String| arms().all(|a| !times(conclusion, a, id).is_empty());
    let by_custom = ids.iter().find(|id| id.as_str() == "survival");
    by_custom.or_else(|| ids.iter().find(is_time)).map(|id| (*id).clone())
}

/// Times of an arm's runs, from day 0 on.
fn times(conclusion: &Conclusion, arm: &ArmResult, endpoint: &str) -> Vec<Observation> {
    let time = |run: &RunResult| match run.endpoints.get(endpoint)? {
        EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. } => {
            (*day >= 0.0).then_some(Observation { time: *day, event: *reached })
        }
        EndpointValue::Value(_) | EndpointValue::Category(_) => None,
    };
    conclusion.results.of_arm(arm).filter_map(time).collect()
}

fn arms(out: &mut String, conclusion: &Conclusion) {
    let endpoint = time_endpoint(conclusion);
    let burden = conclusion.burden.as_ref();
    let heading = burden.map_or(String::new(), |b| format!("{} on day {}", b.column, short(b.day)));
    let of = endpoint.as_deref().unwrap_or("");
    // The median is one of runs: where subjects have several, their number stands beside it.
    let replicated = conclusion.results.arms.iter().flat_map(|a| &a.subjects).any(|s| s.runs.len() > 1);
    let shown = || conclusion.results.arms.iter().filter(|a| !a.subjects.is_empty());
    let wide = shown().map(|a| a.id.chars().count() + 1).fold(16, usize::max);
    let _ = writeln!(
        out,
        "\n{:<wide$}{:>4}  {:<26}{:<32}",
        "arm",
        if replicated { "runs" } else { "n" },
        if of.is_empty() { String::new() } else { format!("median {of}, days") },
        heading
    );
    for arm in shown() {
        let median = endpoint.as_ref().and_then(|e| median(&times(conclusion, arm, e))).unwrap_or_default();
        let on_day = burden.map_or(String::new(), |b| {
            let known = conclusion.results.of_arm(arm).map(|r| r.known(&b.observable, b.day));
            rank_median(&ranks(known)).ok().flatten().map_or("-".to_string(), short)
        });
        let _ = writeln!(
            out,
            "{:<wide$}{:>4}  {median:<26}{on_day:<14}{}",
            arm.id,
            conclusion.results.of_arm(arm).count(),
            note(conclusion, arm)
        );
    }
}

/// What else to know about an arm.
fn note(conclusion: &Conclusion, arm: &ArmResult) -> String {
    let unseen = conclusion.results.of_arm(arm).filter(|r| r.unseen).count();
    if unseen > 0 { format!("{unseen} below sight at the end") } else { String::new() }
}

fn comparisons(out: &mut String, conclusion: &Conclusion) {
    if conclusion.comparisons.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", line("comparison", "estimate (95 %)", "expected", "role", ""));
    for row in &conclusion.comparisons {
        let e = &row.estimate;
        let say = |v: Option<f64>| v.map_or("-".to_string(), short);
        let interval = if e.lower.is_some() || e.upper.is_some() {
            format!("{} ({} to {})", say(e.value), say(e.lower), say(e.upper))
        } else {
            say(e.value)
        };
        let p = e.p.filter(|_| e.lower.is_none()).map_or(String::new(), |p| format!(", p {}", short(p)));
        let band = if row.low.is_some() || row.high.is_some() {
            format!("{} to {}", say(row.low), say(row.high))
        } else {
            String::new()
        };
        let holds = row.holds.map_or("", |h| if h { "holds" } else { "DOES NOT HOLD" });
        let _ = writeln!(out, "{}", line(&row.comparison, &(interval + &p), &band, &row.role, holds));
        if e.value.is_none() {
            let _ = writeln!(out, "{}", wrap(&e.method, "    ", "    "));
        }
    }
}

/// Columns of a terminal.
const WIDE: usize = 80;

/// One row of the comparisons; where it would be too wide, role and verdict stand on a line of their own.
fn line(comparison: &str, estimate: &str, band: &str, role: &str, holds: &str) -> String {
    let row = format!("{comparison:<21} {estimate:<25} {band:<15} ");
    let verdict = format!("{role:<10} {holds}");
    let verdict = verdict.trim_end();
    let whole = format!("{row}{verdict}");
    match whole.trim_end() {
        fits if fits.chars().count() <= WIDE => fits.to_owned(),
        _ => format!("{}\n    {verdict}", row.trim_end()),
    }
}

/// Three significant digits, without an exponent where none is needed.
fn short(v: f64) -> String {
    let size = if v < 0.0 { -v } else { v };
    if v == 0.0 {
        "0".to_string()
    } else if !(1e-3..1e6).contains(&size) {
        format!("{v:.2e}")
    } else if size >= 100.0 {
        format!("{v:.0}")
    } else if size >= 10.0 {
        format!("{v:.1}")
    } else if size >= 1.0 {
        format!("{v:.2}")
    } else {
        format!("{v:.3}")
    }
}

/// The object of `--json`.
pub fn json(plan: &Plan, dir: &Path, finished: &Finished, conclusion: &Conclusion, wall_s: f64) -> String {
    let results = &conclusion.results;
    let hashes: String = results.runs.iter().map(|r| r.state_hash.as_str()).collect();
    let interrupted = finished.missing > 0;
    let outcome = match (interrupted, finished.failed.is_empty()) {
        (true, _) => Outcome::Interrupted.name(),
        (false, true) => "finished",
        (false, false) => "failed",
    };
    serde_json::json!({
        "out": dir.display().to_string(),
        "kind": plan.kind,
        "runs": results.runs.len() + finished.failed.len(),
        "failed": finished.failed.len(),
        "outcome": outcome,
        "state_hash": hash_bytes(hashes.as_bytes()),
        "wall_s": wall_s,
        "cpu_s": cpu_seconds(),
        "peak_rss_mb": peak_rss_mb(),
        "cells_max": results.runs.iter().map(|r| r.cells_max).max().unwrap_or(0),
    })
    .to_string()
}

/// User and system time of this process; none where the system does not say.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Fields 14 and 15 count from after the parenthesized name; a tick is a hundredth of a second on Linux.
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn peak_rss_mb() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_records_are_counted_and_not_all_promised() {
        let said = |cut, damaged| lost(StoreReport { cut, damaged, ..StoreReport::default() });
        assert_eq!(said(0, 0), None);
        let one = "1 record in runs/ cannot be read any more; what this command needs is done again";
        assert_eq!(said(0, 1).unwrap(), one);
        assert_eq!(said(2, 1).unwrap(), one.replace("1 record", "3 records"));
    }

    #[test]
    fn verdicts_fit_on_a_terminal() {
        let said = |estimate, role, holds| line("rescue", estimate, "0.100 to 0.500", role, holds);
        let short = said("1.84 (1.42 to 2.50)", "prediction", "holds");
        assert!(short.ends_with(" prediction holds") && short.len() == WIDE, "{short}");
        for estimate in ["1.84 (1.42 to 2.50)", "1.23e-5 (1.00e-5 to 1.50e-5)"] {
            let long = said(estimate, "prediction", "DOES NOT HOLD");
            assert!(long.lines().all(|l| l.len() <= WIDE), "{long}");
            assert!(long.ends_with("\n    prediction DOES NOT HOLD"), "{long}");
        }
        assert_eq!(line("a", "1", "", "", ""), format!("{:<22}1", "a"));
    }

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (1234567.0, "1.23e6"),
            (123.4, "123"),
            (12.34, "12.3"),
            (1.234, "1.23"),
            (0.0123, "0.012"),
            (-5e-5, "-5.00e-5"),
        ];
        for (v, text) in cases {
            assert_eq!(short(v), text);
        }
        assert_eq!(duration(90.0), "90 s");
        assert_eq!(duration(600.0), "10 min");
    }
}
