//! `tme run`: one scenario.

use super::options::Common;
use super::outcome::Failure;
use super::{load, produce, warn};
use crate::spec::DocumentKind;
use crate::study::Plan;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Example: tme run configs/gbm/triple.toml --until \"30 day\" --replicates 3")]
pub struct Args {
    /// The scenario
    scenario: PathBuf,
    #[command(flatten)]
    common: Common,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let document = load(&args.scenario, &args.common.overrides())?;
    let size = args.common.size(None);
    if document.kind == DocumentKind::Study {
        // A study of one arm and one subject is a run: that is how a run is written out.
        let mut plan = super::plan(&document, size)?;
        if plan.arms.len() == 1 && plan.size().subjects == 1 {
            plan = plan.as_run();
            warn(&[document], args.common.quiet);
            return produce::produce(&plan, &args.common.folder(&args.scenario), &args.common);
        }
    }
    if document.kind != DocumentKind::Scenario {
        return Err(Failure::Usage(format!(
            "{} is a {}, not a scenario; use `tme {} {0}`",
            args.scenario.display(),
            document.kind.name(),
            match document.kind {
                DocumentKind::Study => "compare",
                DocumentKind::Sweep => "sweep",
                _ => "explain",
            }
        )));
    }
    let plan = Plan::of_scenario(document.clone(), size).map_err(Failure::Input)?;
    warn(&[document], args.common.quiet);
    produce::produce(&plan, &args.common.folder(&args.scenario), &args.common)
}
