//! The command line: one file per command. Everything for people goes to standard error, results to standard output.
//!
//! Exit codes: 0 done; 1 failed, or some runs failed; 2 bad input, before any folder is touched; 74 storage trouble;
//! 130 and 143 interrupted.

mod check;
mod compare;
mod difference;
mod explain;
mod list;
mod new;
mod options;
mod outcome;
mod plot;
mod points;
mod produce;
mod progress;
mod run;
mod schema;
mod summary;
mod sweep;
mod verify;
mod words;

use crate::spec::{Problem, Severity};
use crate::study::{Plan, SizeOptions};
use clap::{Parser, Subcommand};
use outcome::Failure;
use std::process::ExitCode;

/// A virtual laboratory for engineered cell therapies.
#[derive(Parser)]
#[command(name = "tme", version, about, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  tme compare configs/gbm/study.toml                       the main study: growth and survival of eight arms
  tme compare configs/gbm/study.toml --subjects 2 --until \"20 day\" --out output/quick
                                                           a quick look at it
  tme run configs/gbm/triple.toml --set dose.car_t.amount=\"1e7 cells\"
  tme sweep configs/gbm/dose_by_antigen.toml
  tme check my_scenario.toml                               every mistake at once
  tme new my_tumor                                         a commented start";

#[derive(Subcommand)]
enum Command {
    /// One simulation (or several replicates): growth curve, cell counts, final picture
    Run(run::Args),
    /// All arms and subjects of a study, or several scenarios: growth and survival curves, tests, causes
    Compare(compare::Args),
    /// A design over any paths of the configuration
    Sweep(sweep::Args),
    /// Redraw the figures of a result folder from its tables
    Plot(plot::Args),
    /// Do again what a result folder claims, and compare the bytes
    Verify(verify::Args),
    /// Report every problem of documents at once, without running anything
    Check(check::Args),
    /// A document as sentences, formulas and sources
    Explain(explain::Args),
    /// What the language knows: signals, behaviors, solvers, endpoints, columns, ...
    List(list::Args),
    /// A commented model, scenario and study to start from
    New(new::Args),
    /// JSON Schema of a kind of document, for editors
    Schema(schema::Args),
}

/// Run the program named by the process arguments; the exit code is the contract of the manual.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tme_dispatch::check().map_err(Failure::Usage).and_then(|()| match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Plot(args) => plot::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::List(args) => list::run(&args),
        Command::New(args) => new::run(&args),
        Command::Schema(args) => schema::run(&args),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            failure.code()
        }
    }
}

/// Says what `tme check` would warn of in documents that are about to run. Where it would find errors it says nothing:
/// the run is about to tell them, warnings and all.
fn warn(documents: &[crate::spec::Document], quiet: bool) {
    if quiet {
        return;
    }
    let mut told: Vec<Problem> = Vec::new();
    for problem in documents.iter().flat_map(|d| crate::spec::check(d).problems) {
        // Documents share files: one mistake in these is met by each.
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    if told.iter().all(|p| p.severity == Severity::Warning) {
        eprint!("{}", crate::spec::render(&told));
    }
}

/// The plan of a document. Where there is none, every mistake that checking finds is told, not those alone that planning met.
fn plan(document: &crate::spec::Document, size: SizeOptions) -> Result<Plan, Failure> {
    Plan::read(document.clone(), size).map_err(|met| {
        let mut all = crate::spec::merged(crate::spec::check(document).problems, met);
        all.retain(|p| p.severity == Severity::Error);
        Failure::Input(all)
    })
}

/// Documents that cannot be read are bad input.
fn load(path: &std::path::Path, set: &[String]) -> Result<crate::spec::Document, Failure> {
    crate::spec::load(path, set).map_err(Failure::Input)
}
