//! `tme run`: one scenario, from its start or from a checkpoint.

use super::options::Common;
use super::outcome::Failure;
use super::{load, produce, warn};
use crate::spec::{DocumentKind, load_text};
use crate::study::{Plan, scenario_of};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  tme run configs/gbm/triple.toml --until \"30 day\" --replicates 3
  tme run --from output/untreated/checkpoints/untreated_day_7.ckpt --set dose.car_t.amount=\"1e6 cells\"")]
pub struct Args {
    /// The scenario; with --from it may be left out: then it is that of the run which left the checkpoint
    #[arg(required_unless_present = "from")]
    scenario: Option<PathBuf>,
    /// Start from a checkpoint (record.checkpoints) instead of the start of the clock
    #[arg(long, value_name = "CHECKPOINT")]
    from: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut common = args.common.clone();
    if let Some(from) = &args.from {
        common.set.push(format!("clock.from={}", serde_json::Value::from(from.to_string_lossy())));
    }
    let (path, document) = match (&args.scenario, &args.from) {
        (Some(scenario), _) => (scenario, load(scenario, &common.overrides())?),
        (None, Some(from)) => {
            let (arm, text) = scenario_of(from).map_err(|e| Failure::Usage(e.to_string()))?;
            let mut document = load_text(text, from, &common.overrides()).map_err(Failure::Input)?;
            // The arm keeps its name, whatever the file is called.
            document.path = PathBuf::from(arm);
            (from, document)
        }
        (None, None) => {
            return Err(Failure::Usage("name a scenario, or a checkpoint with --from".to_string()));
        }
    };
    let size = common.size(None);
    if document.kind == DocumentKind::Study {
        // A study of one arm and one subject is a run: that is how a run is written out.
        let mut plan = super::plan(&document, size)?;
        if plan.arms.len() == 1 && plan.size().subjects == 1 {
            plan = plan.as_run();
            warn(&[document], common.quiet);
            return produce::produce(plan, &common.folder(path), &common);
        }
    }
    if document.kind != DocumentKind::Scenario {
        return Err(Failure::Usage(format!(
            "{} is a {}, not a scenario; use `tme {} {0}`",
            path.display(),
            document.kind.name(),
            match document.kind {
                DocumentKind::Study => "compare",
                DocumentKind::Sweep => "sweep",
                _ => "explain",
            }
        )));
    }
    let plan = Plan::of_scenario(document.clone(), size).map_err(Failure::Input)?;
    warn(&[document], common.quiet);
    produce::produce(plan, &common.folder(path), &common)
}
