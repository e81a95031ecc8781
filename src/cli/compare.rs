//! `tme compare`: a study, or several scenarios.

use super::options::Common;
use super::outcome::Failure;
use super::{load, produce, warn};
use crate::spec::DocumentKind;
use crate::study::Plan;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  tme compare configs/gbm/study.toml --subjects 40
  tme compare a.toml b.toml --subjects 8")]
pub struct Args {
    /// One study, or several scenarios
    #[arg(required = true)]
    documents: Vec<PathBuf>,
    /// Subjects per arm [default: the study's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    subjects: Option<u32>,
    #[command(flatten)]
    common: Common,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let set = args.common.overrides();
    let size = args.common.size(args.subjects);
    let mut documents = Vec::new();
    for path in &args.documents {
        documents.push(load(path, &set)?);
    }
    let folder = args.common.folder(&args.documents[0]);
    if let [document] = &documents[..]
        && document.kind == DocumentKind::Study
    {
        let plan = super::plan(document, size)?;
        warn(&documents, args.common.quiet);
        return produce::produce(plan, &folder, &args.common);
    }
    if let Some(other) = documents.iter().find(|d| d.kind != DocumentKind::Scenario) {
        return Err(Failure::Usage(format!(
            "compare takes one study or several scenarios; {} is a {}",
            other.path.display(),
            other.kind.name()
        )));
    }
    let plan = Plan::of_scenarios(documents.clone(), size).map_err(Failure::Input)?;
    warn(&documents, args.common.quiet);
    produce::produce(plan, &folder, &args.common)
}
