//! `tme check`: every problem of documents at once, resolved values, and what a run would cost.

use super::load;
use super::outcome::Failure;
use super::words::{counted, duration};
use crate::spec::{self, Document, DocumentKind, Problem, Severity, render};
use crate::study::{Plan, SizeOptions, bytes, estimate};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Example: tme check configs/gbm/*.toml")]
pub struct Args {
    /// Documents of any kind
    #[arg(required = true)]
    documents: Vec<PathBuf>,
    /// Override a value: path=value, repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Print the resolved document too: every value with its unit and source
    #[arg(long)]
    resolved: bool,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for path in &args.documents {
        match load(path, &args.set) {
            Ok(document) => one(args, &document, &mut problems)?,
            Err(Failure::Input(found)) => problems.extend(found),
            Err(other) => return Err(other),
        }
    }
    let (errors, warnings): (Vec<Problem>, Vec<Problem>) =
        problems.into_iter().partition(|p| p.severity == Severity::Error);
    if !args.quiet {
        eprint!("{}", render(&warnings));
    }
    if errors.is_empty() { Ok(()) } else { Err(Failure::Input(errors)) }
}

fn one(args: &Args, document: &Document, problems: &mut Vec<Problem>) -> Result<(), Failure> {
    let report = spec::check(document);
    let failed = report.problems.iter().any(|p| p.severity == Severity::Error);
    problems.extend(report.problems);
    if args.resolved {
        print!("{}", spec::resolved(document));
    }
    if failed || args.quiet {
        return Ok(());
    }
    let sources: Vec<String> = report.sources.iter().map(|(tag, n)| format!("{n} {tag}")).collect();
    eprintln!(
        "{}: a {} without errors; values by source: {}",
        document.path.display(),
        document.kind.name(),
        sources.join(", ")
    );
    if !report.placeholders.is_empty() {
        eprintln!("  {} placeholders: {}", report.placeholders.len(), report.placeholders.join(", "));
    }
    if let Some(plan) = plan(document)? {
        let e = estimate(&plan, 0, true).map_err(Failure::Input)?;
        eprintln!(
            "  {}, about {} of memory, {} of disk, {} by the clock",
            counted(e.runs, "run"),
            bytes(e.bytes),
            bytes(e.disk),
            duration(e.wall_s)
        );
    }
    Ok(())
}

fn plan(document: &Document) -> Result<Option<Plan>, Failure> {
    if document.kind == DocumentKind::Model {
        return Ok(None);
    }
    Plan::read(document.clone(), SizeOptions::default()).map(Some).map_err(Failure::Input)
}
