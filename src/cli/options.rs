//! Flags that run, compare and sweep share.

use crate::spec::UNTIL;
use crate::study::{SizeOptions, parse_bytes};
use clap::Args;
use std::path::{Path, PathBuf};

/// More threads than any machine has processors only cost memory.
const MOST_THREADS: i64 = 1024;

#[derive(Args, Debug, Clone)]
pub struct Common {
    /// Folder for the results; by default output/ and the document's name
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Master seed [default: the document's]
    #[arg(long, value_parser = clap::value_parser!(u64).range(0..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// Threads; 0: one per processor. Results never depend on it
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=MOST_THREADS))]
    pub threads: u16,
    /// Override a value: path=value, repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// End of the clock, for example "30 day"
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Runs per subject and arm
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub replicates: Option<u32>,
    /// Check the books after every step: cells by cause, sites, identities, mass of every field; a run whose books do not
    /// add up fails. Finished runs are taken from the folder unchecked
    #[arg(long)]
    pub check: bool,
    /// Most memory that the command may need by its estimate, for example "8 GiB" [default: 80 % of what is free]
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub max_memory: Option<f64>,
    /// Say what would be run, how long it may take and how much memory, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Replace other results, or those of a larger study, in the folder; finished runs are kept
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object about the results on standard output
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,
    /// Draw no figures, and remove those of earlier tables in the folder
    #[arg(long)]
    pub no_figures: bool,
}

impl Common {
    /// Where the results of a document go.
    pub fn folder(&self, document: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            Path::new("output").join(document.file_stem().unwrap_or_else(|| "results".as_ref()))
        })
    }

    /// All overrides, `--until` last.
    pub fn overrides(&self) -> Vec<String> {
        let mut set = self.set.clone();
        set.extend(self.until.iter().map(|t| format!("{UNTIL}={t}")));
        set
    }

    pub fn size(&self, subjects: Option<u32>) -> SizeOptions {
        SizeOptions { seed: self.seed, subjects, replicates: self.replicates }
    }
}
