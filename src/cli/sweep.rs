//! `tme sweep`: a design over paths of the configuration.

use super::options::Common;
use super::outcome::Failure;
use super::{load, produce, warn};
use crate::spec::DocumentKind;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Example: tme sweep configs/gbm/dose_by_antigen.toml --replicates 3")]
pub struct Args {
    /// The sweep
    sweep: PathBuf,
    /// Subjects per point [default: the base's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    subjects: Option<u32>,
    #[command(flatten)]
    common: Common,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let document = load(&args.sweep, &args.common.overrides())?;
    if document.kind != DocumentKind::Sweep {
        let what = document.kind.name();
        return Err(Failure::Usage(format!("{} is a {what}, not a sweep", args.sweep.display())));
    }
    let plan = super::plan(&document, args.common.size(args.subjects))?;
    warn(&[document], args.common.quiet);
    produce::produce(plan, &args.common.folder(&args.sweep), &args.common)
}
